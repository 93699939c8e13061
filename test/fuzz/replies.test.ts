import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Dialogue } from '../../src/adapters/redis/dialogue.ts';
import { lookOf, type Probe } from '../../src/adapters/redis/probe.ts';
import {
  isWrongPassword,
  type Reply,
  readReplies,
  refusalIn,
  type Verdict,
} from '../../src/adapters/redis/replies.ts';
import type { Wire } from '../../src/adapters/redis/wire.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { reply } from './resp.ts';
import { expectPrintable, expectSoundInfo } from './soundness.ts';

const NODE = { host: '10.0.0.1', port: 6379 };

function expectSoundVerdict(verdict: Verdict | undefined): void {
  if (!verdict) return;
  const probe: Probe = { info: 'all', writes: false, sentAt: 1, verdict, at: 2 };
  const look = lookOf(NODE, { id: 'link', ip: '10.0.0.1' }, probe);
  expect(look.outcome).toBe(verdict.kind);
  if (look.outcome === 'answered' && look.info) expectSoundInfo(look.info);
  if (look.outcome === 'busy' || look.outcome === 'misconfigured') expectPrintable(look.detail);
}

test(
  'a node is alive by PONG, LOADING and MASTERDOWN, and by no other reply',
  async () => {
    const replies = fc.tuple(reply, reply, fc.option(reply, { nil: undefined }));
    await holds('replies to a probe', replies, ([ping, info, write]) => {
      const verdict = readReplies(ping, info, write);
      expectSoundVerdict(verdict);
      expectSoundVerdict(refusalIn(ping));
      expect(isWrongPassword(ping) && ping.kind !== 'error').toBe(false);
      const lost = [ping, info, write].some((one) => one?.kind === 'lost');
      expect(verdict === undefined).toBe(lost);
      if (verdict?.kind !== 'answered') return;
      const said = ping.kind === 'value' ? ping.value : ping.kind === 'error' && ping.message;
      const word = { pong: /^PONG$/, loading: /^LOADING/, masterdown: /^MASTERDOWN/ }[verdict.reply];
      expect(said).toMatch(word);
    });
  },
  FUZZ_TIMEOUT_MS,
);

test(
  'a dialogue ends with a verdict or with its connection, whatever is replied',
  async () => {
    const passwords = fc.constantFrom<readonly string[]>([], ['one'], ['one', 'two']);
    const wrong = fc.constant<Reply>({ kind: 'error', message: 'WRONGPASS invalid username-password pair' });
    const replies = fc.oneof(
      fc.array(reply, { maxLength: 24 }),
      fc.array(wrong, { minLength: 24, maxLength: 24 }),
    );
    const given = fc.record({ passwords, replies, again: fc.boolean() });
    await holds('replies to a dialogue', given, async ({ passwords, replies, again }) => {
      const left = [...replies];
      const sent: string[] = [];
      const wire: Wire = {
        ...{ open: true, ip: undefined, reset() {} },
        send: (commands) =>
          commands.map(async ([name = '']): Promise<Reply> => {
            sent.push(name);
            return left.shift() ?? { kind: 'lost', reason: 'Connection is closed.' };
          }),
      };
      const dialogue = new Dialogue(wire, { passwords, tls: false, renamedCommands: {} });
      for (let asked = 0; asked < (again ? 2 : 1); asked++) {
        expectSoundVerdict(await dialogue.ask({ info: 'all', writes: true, sentAt: 0 }));
      }
      // each password once, and the first once more; a dialogue that asked for ever would stall every look
      expect(sent.filter((name) => name === 'AUTH').length).toBeLessThanOrEqual((again ? 2 : 1) * 3);
    });
  },
  FUZZ_TIMEOUT_MS,
);
