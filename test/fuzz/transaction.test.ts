import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Link } from '../../src/adapters/redis/link.ts';
import type { Reply } from '../../src/adapters/redis/replies.ts';
import { runTransaction } from '../../src/adapters/redis/transaction.ts';
import { judgeReplies, type NodeCommand, transactionOf } from '../../src/core/commands.ts';
import type { LoopClock } from '../../src/ports.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { reply } from './resp.ts';
import { expectPrintable, expectSoundInfo } from './soundness.ts';

const NODE = { host: '10.0.0.1', port: 6379 };

const COMMANDS: readonly NodeCommand[] = (
  ['promote', 'follow', 'pause', 'hand over', 'unpause', 'shut out', 'free', 'kill script'] as const
).map((kind) => {
  const sent = { node: NODE, link: 'link', fence: 'read', epoch: 1 } as const;
  return { ...sent, kind, upstream: NODE, forMs: 2000, notAfter: 1e9 } as NodeCommand;
});

const still: LoopClock = {
  now: () => ({ wall: 0, mono: 0 }),
  sleep: (_ms, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
  turn: async () => {},
};

test(
  'a transaction was carried out only if EXEC and ROLE say so, whatever else is replied',
  async () => {
    const honest = fc.constantFrom<Reply>({ kind: 'value', value: 'OK' }, { kind: 'value', value: 'QUEUED' });
    const replies = fc.array(fc.oneof({ weight: 4, arbitrary: honest }, reply), { maxLength: 12 });
    const given = fc.record({
      command: fc.constantFrom(...COMMANDS),
      replies,
      exec: reply,
      well: fc.boolean(),
    });
    await holds('replies to a transaction', given, async ({ command, replies, exec, well }) => {
      const left = [...replies];
      const sent: string[] = [];
      const answer = (name: string): Reply => {
        sent.push(name);
        if (name === 'EXEC') return exec;
        const good: Reply = {
          kind: 'value',
          value: name === 'MULTI' || name === 'DISCARD' ? 'OK' : 'QUEUED',
        };
        return well ? good : (left.shift() ?? good);
      };
      const link = {
        ...{ id: 'link', open: true, occupied: false, occupy() {}, release() {}, reset() {} },
        send: (commands: string[][]) => commands.map(async ([name = '']) => answer(name)),
      } as unknown as Link;
      const plain = command.kind === 'kill script';
      const outcome = await runTransaction(
        link,
        {
          link: 'link',
          commands: transactionOf(command),
          timeoutMs: 1000,
          plain,
          objection: () => undefined,
        },
        still,
      );
      if (outcome.kind !== 'executed') return expectPrintable(outcome.reason);
      if (!plain) expect([sent.includes('EXEC'), exec.kind]).toEqual([true, 'value']);
      const { outcome: judged, detail, info } = judgeReplies(command, outcome.replies);
      expectPrintable(detail);
      if (info) expectSoundInfo(info);
      if (judged === 'done' && command.kind === 'promote') {
        expect(String(outcome.replies.at(-1))).toMatch(/^master/);
      }
    });
  },
  FUZZ_TIMEOUT_MS,
);
