import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Address } from '../../src/core/model.ts';

export interface StallingProxy {
  readonly address: Address;
  /** When each connection came, in milliseconds of the monotonic clock. */
  readonly acceptedAt: readonly number[];
  /** From now on the connections there are carry nothing; new ones do. */
  stall(): void;
  /** Ends the connections there are; new ones are taken. */
  cut(): void;
}

/** A path that can swallow what the connections through it send, as a firewall that lost its flow table does. */
export async function stallingProxy(to: Address): Promise<StallingProxy> {
  const sockets = new Set<Socket>();
  const acceptedAt: number[] = [];
  const server = createServer((inbound) => {
    acceptedAt.push(performance.now());
    const outbound = connect(to);
    for (const socket of [inbound, outbound]) {
      sockets.add(socket);
      socket.on('error', () => {}); // a reset is how the adapter closes
    }
    inbound.pipe(outbound).pipe(inbound);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    server.close();
    cut();
  });
  return {
    acceptedAt,
    cut,
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    stall: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}
