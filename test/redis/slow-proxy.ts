import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Address } from '../../src/core/model.ts';

/** A path on which every reply takes so long, as one to another region does. */
export async function slowProxy(to: Address, roundTripMs: number): Promise<{ readonly address: Address }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}); // a reset is how the adapter closes
    }
    near.on('data', (chunk) => setTimeout(() => far.write(chunk), roundTripMs / 2));
    far.on('data', (chunk) => setTimeout(() => near.write(chunk), roundTripMs / 2));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } };
}
