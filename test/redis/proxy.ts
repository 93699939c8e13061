import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Address } from '../../src/core/model.ts';

export interface NodeProxy {
  readonly address: Address;
  /** All that there are, on either side. */
  readonly sockets: ReadonlySet<Socket>;
  /** Ends the connections there are; new ones are taken. */
  readonly cut: () => void;
}

/** A path to a node, ended with the test. @param join - what becomes of each connection through it */
export async function proxyTo(to: Address, join: (near: Socket, far: Socket) => void): Promise<NodeProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}); // a reset is how the adapter closes
    }
    join(near, far);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    server.close();
    cut();
  });
  return { address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port }, sockets, cut };
}
