/** One connection to one node, handed over when it stands. */
import { createConnection, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Address } from '../core/model.ts';

export interface DialOptions {
  readonly tls?: ConnectionOptions | undefined;
  readonly family?: number | undefined;
}

/** @throws Error when it is refused, does not stand in time, or is given up */
export function dial(
  node: Address,
  options: DialOptions,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { tls, family } = options;
    const where = { host: node.host, port: node.port, ...(family !== undefined && { family }) };
    const stream = tls ? connectTls({ ...where, ...tls }) : createConnection(where);
    const stands = tls ? 'secureConnect' : 'connect';
    const end = (error?: Error) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', givenUp);
      stream.removeListener('error', end);
      stream.removeListener('close', closed);
      stream.on('error', () => {}); // until another listens; and of a failed one the first was told
      if (error) {
        stream.destroy();
        reject(error);
      } else resolve(stream);
    };
    const told = `${node.host}:${node.port}`;
    const givenUp = () => end(new Error(`the connection to ${told} was given up`));
    const closed = () => end(new Error(`${told} closed the connection`));
    const timer = setTimeout(
      () => end(new Error(`${told} took no connection in ${timeoutMs} ms`)),
      timeoutMs,
    );
    stream.once('error', end);
    stream.once('close', closed);
    stream.once(stands, () => end());
    signal.addEventListener('abort', givenUp);
    if (signal.aborted) givenUp();
  });
}
