/** What stands in for our read endpoint before redis-sentinel, so that the clients of both are the same. */
import { createServer, type ServerResponse } from 'node:http';
import { freePort } from '../../src/local/ports.ts';
import type { RedisSentinel } from './redis-sentinel.ts';

/** Asks one after the other, as clients of redis-sentinel do: the first that answers is believed. */
export async function servePeer(
  name: string,
  sentinels: readonly RedisSentinel[],
): Promise<{ readonly url: string; end(): Promise<void> }> {
  const answer = async (asText: boolean, response: ServerResponse) => {
    for (const sentinel of sentinels) {
      const named = await sentinel.masterOf(name).catch(() => undefined);
      if (named) return void response.end(asText ? named.address : JSON.stringify(named));
    }
    response.writeHead(503).end();
  };
  const server = createServer((request, response) => {
    void answer(request.headers.accept === 'text/plain', response);
  });
  const port = await freePort();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    end: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
