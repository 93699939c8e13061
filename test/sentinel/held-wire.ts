/** A wire that can hold back what is on its way to a node, and deliver it when its sender is long gone. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import type { Address } from '../../src/core/model.ts';

export interface HeldWire {
  readonly address: Address;
  /** The connection that carries this word toward the node is held from there on; the others pass. */
  holdFrom(word: string): void;
  /** What is held, as it came. */
  held(): string;
  /** Delivers what is held, the end of the connection behind it; resolves when the node has read all of it. */
  release(): Promise<void>;
  end(): Promise<void>;
}

export async function heldWire(to: Address): Promise<HeldWire> {
  const sockets = new Set<Socket>();
  const held = new Map<Socket, Buffer[]>();
  let word: string | undefined;
  const server = createServer((near) => {
    const far = createConnection(to);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}); // followed by close
      socket.on('close', () => sockets.delete(socket));
    }
    near.on('data', (bytes) => {
      if (word !== undefined && !held.has(far) && bytes.includes(word)) held.set(far, []);
      const waiting = held.get(far);
      if (waiting) waiting.push(bytes);
      else far.write(bytes);
    });
    near.on('close', () => held.has(far) || far.destroy()); // held bytes outlive their sender
    far.on('data', (bytes) => near.write(bytes));
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    holdFrom: (from) => {
      word = from;
    },
    held: () => Buffer.concat([...held.values()].flat()).toString(),
    release: async () => {
      word = undefined;
      await Promise.all(
        [...held].map(async ([far, bytes]) => {
          if (far.closed) return; // the node has shut it out meanwhile
          const closed = once(far, 'close');
          far.end(Buffer.concat(bytes));
          await closed;
        }),
      );
    },
    end: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
