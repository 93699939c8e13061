import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { MASTER_INFO } from '../fuzz/info-texts.ts';
import { redisNodes } from './fixture.ts';

/** Answers whatever is asked first with `said`. */
async function speaker(said: string) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(said));
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return { host: '127.0.0.1', port: typeof bound === 'object' && bound ? bound.port : 0 };
}

const INFO = `$${MASTER_INFO.length}\r\n${MASTER_INFO}\r\n`;
const WELL = `+PONG\r\n${INFO}+OK\r\n`;

test.for<[string, string]>([
  ['a nil', '$-1\r\n'],
  ['a nil list', '*-1\r\n'],
  ['a push of nothing known', '>1\r\n$-1\r\n'],
  ['a subscription to nothing', '>1\r\n+subscribe\r\n'],
  ['one more PONG', '+PONG\r\n'],
])('%s that no command was waiting for ends the connection and not this process', async ([, stray]) => {
  const uncaught: unknown[] = [];
  const hear = (error: unknown) => void uncaught.push(error);
  process.on('uncaughtException', hear);
  onTestFinished(() => void process.off('uncaughtException', hear));
  const nodes = redisNodes();
  const node = await speaker(WELL + stray.repeat(3));
  const look = await nodes.look({ node, info: 'all', timeoutMs: 1000 });
  expect(look).toMatchObject({ outcome: 'answered', info: { role: 'master', offset: 50 } });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(uncaught).toEqual([]);
  const again = await nodes.look({ node, info: 'all', timeoutMs: 1000 }); // on a fresh connection
  expect(again.outcome).toBe('answered');
});
