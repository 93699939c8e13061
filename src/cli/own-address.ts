/** Where clients reach this process, when no file says so. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Address } from '../core/model.ts';

const WILDCARDS = new Set(['0.0.0.0', '::']);

/**
 * Where it listens; of one that listens everywhere, the address from which it reaches `towards`, as redis-sentinel tells
 * its own.
 * @returns undefined when there is no way there
 */
export async function ownAddress(
  listens: Address,
  towards: Address | undefined,
): Promise<Address | undefined> {
  if (!WILDCARDS.has(listens.host)) return listens;
  const host = towards && (await localAddressTowards(towards));
  return host === undefined ? undefined : { host, port: listens.port };
}

/** A connected datagram socket knows its own address, and sends nothing. */
function localAddressTowards({ host, port }: Address): Promise<string | undefined> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  return new Promise((resolve) => {
    const end = (address: string | undefined) => {
      socket.close();
      resolve(address);
    };
    socket.once('error', () => end(undefined));
    const told = (error?: Error) => end(error ? undefined : socket.address().address);
    socket.connect(port, host, told as () => void); // the types know no error
  });
}
