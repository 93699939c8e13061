import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Address } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import { until } from '../../src/local/until.ts';
import { Door } from './door.ts';

const LIMIT = { timeoutMs: 10_000 };
/** Long enough for what is on its way to arrive on a busy machine; what must not arrive is waited for so long. */
const QUIET_MS = 150;

let server: Server;
let door: Door;
/** What has reached the server. */
let received: string;
let sockets: Socket[];

beforeEach(async () => {
  received = '';
  sockets = [];
  server = createServer((socket) => {
    socket.on('error', () => {}); // a link that is reset on purpose
    socket.on('data', (chunk) => {
      received += chunk;
      socket.write(`${chunk}!`);
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  door = await Door.to({ host: '127.0.0.1', port }, (from) => `from ${from}`);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await door.end();
  await new Promise((resolve) => server.close(resolve));
});

interface Caller {
  readonly socket: Socket;
  answered: string;
  /** Why it ended. */
  ended: string | undefined;
}

function call({ host, port }: Address, localAddress?: string): Caller {
  const socket = createConnection({ host, port, ...(localAddress && { localAddress }) });
  sockets.push(socket);
  const caller: Caller = { socket, answered: '', ended: undefined };
  socket.on('data', (chunk) => {
    caller.answered += chunk;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    caller.ended = error.code;
  });
  socket.on('close', () => {
    caller.ended ??= 'closed';
  });
  return caller;
}

async function answered(caller: Caller, text: string): Promise<void> {
  await until(`the answer ${text}`, () => caller.answered === text, LIMIT);
}

describe('a door', () => {
  it('passes on in both directions, and ends one side with the other', async () => {
    const caller = call(door.address);
    caller.socket.write('a');
    await answered(caller, 'a!');
    caller.socket.end();
    await until('no link', () => door.standing === 0, LIMIT);
  });

  it('resets what stands and refuses what comes, for one caller alone', async () => {
    const [one, other] = [call(door.address, '127.0.1.1'), call(door.address, '127.0.1.2')];
    for (const caller of [one, other]) caller.socket.write('a');
    await Promise.all([answered(one, 'a!'), answered(other, 'a!')]);
    await door.set('from 127.0.1.1', { kind: 'refuses' });
    await until('the reset', () => one.ended, LIMIT);
    expect(one.ended).toBe('ECONNRESET');
    const again = call(door.address, '127.0.1.1');
    await until('the refusal', () => again.ended, LIMIT);
    other.socket.write('b');
    await answered(other, 'a!b!');
    await door.set('from 127.0.1.1', undefined);
    const later = call(door.address, '127.0.1.1');
    later.socket.write('c');
    await answered(later, 'c!');
  });

  it('closes the entrance of a caller that has its own', async () => {
    const entrance = await door.entranceFor('zone 1');
    await door.set('zone 1', { kind: 'refuses' });
    const refused = call(entrance);
    await until('the refusal', () => refused.ended, LIMIT);
    expect(refused.ended).toBe('ECONNREFUSED');
    await door.set('zone 1', undefined);
    const caller = call(entrance);
    caller.socket.write('a');
    await answered(caller, 'a!');
  });

  it('cuts what stands, once', async () => {
    const caller = call(door.address);
    caller.socket.write('a');
    await answered(caller, 'a!');
    door.cut('from 127.0.0.1');
    await until('the reset', () => caller.ended, LIMIT);
    const next = call(door.address);
    next.socket.write('b');
    await answered(next, 'b!');
  });

  it('swallows what is sent, or what is answered, until the weather clears', async () => {
    const caller = call(door.address);
    caller.socket.write('a');
    await answered(caller, 'a!');
    await door.set('from 127.0.0.1', { kind: 'silent', way: 'there' });
    caller.socket.write('b');
    await wait(QUIET_MS);
    expect(received).toBe('a');
    await door.set('from 127.0.0.1', { kind: 'silent', way: 'back' });
    await until('b to arrive', () => received === 'ab', LIMIT);
    await wait(QUIET_MS);
    expect(caller.answered).toBe('a!');
    await door.set('from 127.0.0.1', undefined);
    await answered(caller, 'a!b!');
  });

  it('loses what a caller sent into the silence and then gave up', async () => {
    const caller = call(door.address);
    caller.socket.write('a');
    await answered(caller, 'a!');
    await door.set('from 127.0.0.1', { kind: 'silent', way: 'both' });
    caller.socket.write('b');
    await wait(QUIET_MS);
    caller.socket.resetAndDestroy();
    await wait(QUIET_MS);
    await door.set('from 127.0.0.1', undefined);
    await until('no link', () => door.standing === 0, LIMIT);
    expect(received).toBe('a');
  });

  it('delays each way, and what comes close together by no more than that', async () => {
    const caller = call(door.address);
    caller.socket.write('a');
    await answered(caller, 'a!');
    await door.set('from 127.0.0.1', { kind: 'slow', delayMs: 500 });
    const sentAt = performance.now();
    for (const piece of ['b', 'c', 'd', 'e']) {
      caller.socket.write(piece);
      await wait(20);
    }
    // pieces may arrive together, and are then answered together
    await until('every answer', () => caller.answered.replaceAll('!', '') === 'abcde', LIMIT);
    const tookMs = performance.now() - sentAt;
    expect(tookMs).toBeGreaterThan(990);
    expect(tookMs).toBeLessThan(3000); // one after the other they would take 4000
  });
});
