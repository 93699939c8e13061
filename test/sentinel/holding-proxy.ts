/** A wire that keeps what is sent towards a node, and may deliver it much later, when the sender is long gone. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Address } from '../../src/core/model.ts';

export interface HoldingProxy {
  readonly address: Address;
  /** From the first packet that contains `word` on, what goes towards the node is kept. `''`: everything. */
  hold(word: string): void;
  /** What is kept, as it will be delivered. */
  held(): string;
  /** Delivers all that was kept on connections that the node has left open. @returns how many those are */
  release(): number;
}

interface Wire {
  readonly far: Socket;
  readonly kept: Buffer[];
}

export async function holdingProxy(to: Address): Promise<HoldingProxy> {
  const sockets = new Set<Socket>();
  const wires: Wire[] = [];
  let word: string | undefined;
  const server = createServer((near) => {
    const far = connect(to);
    const wire: Wire = { far, kept: [] };
    wires.push(wire);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}); // a reset is how the adapter closes
    }
    near.on('data', (chunk) => {
      const keep = wire.kept.length > 0 || (word !== undefined && chunk.includes(word));
      if (keep) wire.kept.push(chunk);
      else far.write(chunk);
    });
    // what is on its way arrives, whether or not its sender is there still
    near.on('close', () => wire.kept.length === 0 && far.destroy());
    far.on('data', (chunk) => near.write(chunk));
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    hold: (from) => {
      word = from;
    },
    held: () => wires.flatMap(({ kept }) => kept.map(String)).join(''),
    release() {
      word = undefined;
      const open = wires.filter(({ far, kept }) => kept.length > 0 && far.writable);
      for (const { far, kept } of open) far.write(Buffer.concat(kept.splice(0)));
      return open.length;
    },
  };
}
