/** Listening: sockets in, connections out, and no more of them than were allowed. */
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type Address, nodeId } from '../core/model.ts';
import { Connection, type ConnectionOptions } from './clients/connection.ts';
import type { GatewayTls } from './gateway.ts';

export interface ServerOptions extends ConnectionOptions {
  readonly tls: GatewayTls | undefined;
  readonly maxClients: number;
}

const HANDSHAKE_MS_MAX = 10_000;

export class Server {
  readonly #options: ServerOptions;
  readonly #server: NetServer;
  readonly #connections = new Set<Connection>();
  /** Those that have not shaken hands yet among them. */
  readonly #sockets = new Set<Socket>();

  /** @throws Error for certificates that are none */
  constructor(options: ServerOptions) {
    this.#options = options;
    const { tls } = options;
    if (!tls) {
      this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
      return;
    }
    const asked = { requestCert: tls.ca !== undefined, rejectUnauthorized: tls.ca !== undefined };
    this.#server = createTlsServer({ ...tls, ...asked, handshakeTimeout: HANDSHAKE_MS_MAX }, (socket) =>
      this.#accept(socket),
    );
    this.#server.on('tlsClientError', (error: Error, socket: Socket) => {
      options.env.telemetry.log('debug', `a client's TLS handshake failed: ${error.message}`);
      socket.destroy();
    });
  }

  /** @throws Error that names the address */
  listen(port: number, host: string): Promise<Address> {
    const server = this.#server;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    return new Promise((resolve, reject) => {
      server.once('error', (error) =>
        reject(new Error(`the gateway cannot listen at ${nodeId({ host, port })}: ${error.message}`)),
      );
      server.listen({ port, host }, () => {
        server.removeAllListeners('error');
        server.on('error', (error) =>
          this.#options.env.telemetry.log('error', `listening: ${error.message}`),
        );
        const bound = server.address();
        resolve({ host, port: typeof bound === 'object' && bound ? bound.port : port });
      });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.end();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    const { maxClients, env } = this.#options;
    if (this.#connections.size >= maxClients) {
      env.clients.counted.rejected += 1;
      socket.on('error', () => socket.destroy());
      socket.end('-ERR max number of clients reached\r\n', () => socket.destroy());
      return;
    }
    const connection = new Connection(socket, this.#options);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }
}
