import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeObservation, encodeState } from '../../src/adapters/dynamodb/codec.ts';
import { decide } from '../../src/core/decide.ts';
import { parseInfo } from '../../src/core/info.ts';
import { rememberLooks } from '../../src/core/memory.ts';
import { type MasterState, REPLICAS_MAX } from '../../src/core/model.ts';
import { report } from '../../src/core/report.ts';
import { BLANK } from '../../src/core/view.ts';
import { anObservation, answered, aState, at, N1, N2, N3, refused } from '../core/samples.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { infoText, MASTER_INFO, REPLICA_INFO } from './info-texts.ts';
import { expectEvents, expectFits, expectPrintable, expectSoundInfo } from './soundness.ts';

test('the texts that are changed are sound themselves', () => {
  expect(parseInfo(MASTER_INFO)).toMatchObject({ role: 'master', offset: 50, keys: 3, replicas: [{}, {}] });
  expect(parseInfo(REPLICA_INFO)).toMatchObject({ role: 'slave', offset: 87, upstream: { linkUp: true } });
});

test(
  'whatever a node sends is read into sound values, or not at all',
  async () => {
    await holds('INFO texts', infoText, (text) => {
      const info = parseInfo(text);
      const told = text.split('\n').filter((line) => line.startsWith('role:'));
      const role = told
        .at(-1)
        ?.slice('role:'.length)
        .replace(/\p{Cc}/gu, '');
      if (!info) return expect(['master', 'slave']).not.toContain(role);
      expectSoundInfo(info);
      expect(info.role).toBe(role);
    });
  },
  FUZZ_TIMEOUT_MS,
);

test('a huge text of hostile lines is read in the time of an honest one', () => {
  const lines = [
    'slave0:'.padEnd(2_000_000, ',='),
    `role:master${' '.repeat(100_000)}`,
    ':'.repeat(1_000_000),
  ];
  const startedAt = performance.now();
  parseInfo([...lines, 'db0:keys='.padEnd(1_000_000, '1'), 'role:master'].join('\n'));
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

interface Story {
  /** What the three nodes say in two rounds of looks; undefined: one refuses. */
  readonly texts: readonly (string | undefined)[];
  readonly quorum: number;
  readonly resolveHostnames: boolean;
}

const story: fc.Arbitrary<Story> = fc.record({
  texts: fc.array(fc.option(infoText, { nil: undefined }), { minLength: 6, maxLength: 6 }),
  quorum: fc.constantFrom(1, 2),
  resolveHostnames: fc.boolean(),
});

/** As a tick would: look twice, a second apart, and write what is decided until nothing is. */
function play({ texts, quorum, resolveHostnames }: Story): void {
  let state: MasterState = aState();
  state = { ...state, directives: { ...state.directives, quorum, resolveHostnames } };
  const self = { id: 'a', incarnation: 1, alertSince: 0 };
  const others = ['b', 'c'].map((sentinel) => anObservation(sentinel));
  let memory = { ...BLANK, seen: { b: { incarnation: 1, seq: 1, readAt: 0, changedAt: 0 } } };
  for (const [round, ms] of [1000, 2500].entries()) {
    const seen = [N1, N2, N3].map((node, i) => {
      const text = texts[round * 3 + i];
      return text === undefined ? refused(node, ms) : answered(node, ms, parseInfo(text));
    });
    memory = { ...rememberLooks(memory, state, seen, 1000), seen: memory.seen };
    for (let again = 0; again < 6; again++) {
      const decision = decide({ state, observations: others, votes: [], memory }, self, at(ms));
      expectPrintable(decision.reason.slice(0, 4096));
      if (!decision.write) break;
      state = { ...decision.write, rev: state.rev + 1 };
      encodeState(state);
      expectEvents(state.events);
      expectFits(state);
      expect(Object.keys(state.replicas).length).toBeLessThanOrEqual(REPLICAS_MAX);
    }
    const told = report({ state, observations: others, votes: [], memory }, self, undefined, at(ms));
    if (!told) continue;
    encodeObservation(told);
    expectEvents(told.events);
    expectPrintable(told.detail);
  }
}

test(
  'whatever the nodes say of themselves, what is decided from it can be written and shown',
  async () => {
    await holds('what is decided from INFO', story, play);
  },
  FUZZ_TIMEOUT_MS,
);
