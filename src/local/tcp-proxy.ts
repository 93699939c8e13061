/** A wire that can be cut: passes bytes on to a server on loopback until it is told to refuse. */
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { Address } from '../core/model.ts';
import { freePort } from './ports.ts';

export class TcpProxy {
  readonly #target: Address;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(target: Address, port: number) {
    this.#target = target;
    this.#port = port;
  }

  /** @param port - where to listen. @default a free port */
  static async to(target: Address, port?: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, port ?? (await freePort()));
    await proxy.pass();
    return proxy;
  }

  get address(): Address {
    return { host: '127.0.0.1', port: this.#port };
  }

  /** Passes on again. */
  async pass(): Promise<void> {
    if (this.#server) return;
    const server = createServer((near) => this.#join(near));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
  }

  /** Closes every connection and refuses new ones, as a dead process' host does. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(near: Socket): void {
    const far = createConnection(this.#target);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {}); // followed by close, which ends the other half too
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }
}
