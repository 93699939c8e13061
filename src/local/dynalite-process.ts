/**
 * The embedded table: dynalite in a process of its own, so that its CPU is not the caller's and so that it can be
 * killed or stopped like any other part. Forked with IPC; `argv[2]` is the port (default 0: any free one). Sends
 * `{ port }` when it listens on 127.0.0.1 and exits when the channel closes.
 */
import type { IncomingMessage, Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

/** What the process sends over IPC, once. */
export interface DynaliteReady {
  readonly port: number;
}

type Dynalite = (options: { readonly createTableMs: number; readonly deleteTableMs: number }) => Server;

const dynalite = createRequire(import.meta.url)('dynalite') as Dynalite; // CommonJS, without types
const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
server.on('request', outliveAbortedRequests);
// Well past any client's idle time: a server that closes first costs the client a reset on its next request.
server.keepAliveTimeout = 120_000;
process.on('disconnect', () => process.exit(0));
server.listen(portWanted(process.argv[2]), '127.0.0.1', () => {
  const ready: DynaliteReady = { port: (server.address() as AddressInfo).port };
  process.send?.(ready);
});

/** dynalite throws out of its `error` listener, so one client that gives up while sending would end the table. */
function outliveAbortedRequests(request: IncomingMessage): void {
  request.removeAllListeners('error');
  request.on('error', () => {}); // the client has gone: nobody is left to answer
}

/** @throws Error when `text` is no port, so that a typing mistake does not become a random port. */
function portWanted(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`dynalite-process: the port must be 0 to 65535, not ${JSON.stringify(text)}`);
}
