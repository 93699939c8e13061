/** Bytes that are no Redis, from a server that speaks as it likes. */
import { createServer, type Server } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IoredisNodes } from '../../src/adapters/redis/nodes.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { Address } from '../../src/core/model.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { infoText } from './info-texts.ts';
import { oddText } from './odd-values.ts';
import { expectPrintable, expectSoundInfo } from './soundness.ts';

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

const piece: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('+PONG\r\n') },
  { weight: 6, arbitrary: infoText.map(bulk) },
  fc.constantFrom(
    '+OK\r\n',
    '-LOADING x\r\n',
    '-ERR \u001b[2J\u0085\r\n',
    ':1\r\n',
    '*2\r\n+a\r\n',
    '$-1\r\n',
    '*-1\r\n',
  ),
  fc.constantFrom(
    '$99999999\r\n',
    '*1000000\r\n',
    ':99999999999999999999\r\n',
    '%1\r\n',
    '>1\r\n$-1\r\n',
    '>1\r\n+subscribe\r\n',
    '_\r\n',
    'HTTP/1.1 400 \r\n',
    '\u0015\u0003',
  ),
  oddText,
);

let server: Server;
let address: Address;
let said = '';

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {}); // it is reset by who has heard enough
    socket.once('data', () => socket.end(said));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  address = { host: '127.0.0.1', port: typeof bound === 'object' && bound ? bound.port : 0 };
});

afterAll(() => server.close());

test(
  'whatever is on the wire, a look has an outcome in time and tells it in printable words',
  async () => {
    await holds('bytes on the wire', fc.array(piece, { maxLength: 5 }), async (pieces) => {
      said = pieces.join('');
      const nodes = new IoredisNodes({ clock: systemClock });
      const look = await nodes.look({ node: address, info: 'all', timeoutMs: 2000, writeProbe: true });
      nodes.close();
      expect(['answered', 'busy', 'refused', 'misconfigured', 'silent']).toContain(look.outcome);
      if (look.outcome === 'answered') {
        if (look.info) expectSoundInfo(look.info);
        if (look.reply === 'pong') expect(pieces.join('')).toContain('PONG');
      } else if (look.outcome !== 'silent') expectPrintable(look.detail);
    });
  },
  FUZZ_TIMEOUT_MS,
);
