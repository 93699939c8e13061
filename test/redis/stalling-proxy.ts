import type { Address } from '../../src/core/model.ts';
import { type NodeProxy, proxyTo } from './proxy.ts';

export interface StallingProxy extends Pick<NodeProxy, 'address' | 'cut'> {
  /** When each connection came, in milliseconds of the monotonic clock. */
  readonly acceptedAt: readonly number[];
  /** From now on the connections there are carry nothing; new ones do. */
  stall(): void;
}

/** A path that can swallow what the connections through it send, as a firewall that lost its flow table does. */
export async function stallingProxy(to: Address): Promise<StallingProxy> {
  const acceptedAt: number[] = [];
  const { address, sockets, cut } = await proxyTo(to, (inbound, outbound) => {
    acceptedAt.push(performance.now());
    inbound.pipe(outbound).pipe(inbound);
  });
  const stall = () => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  return { acceptedAt, cut, address, stall };
}
