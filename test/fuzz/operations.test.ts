import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeState } from '../../src/adapters/dynamodb/codec.ts';
import { MemoryStore } from '../../src/adapters/memory/store.ts';
import { DIRECTIVE_NAMES, PRESETS } from '../../src/core/directives.ts';
import type { MasterState } from '../../src/core/model.ts';
import { failover } from '../../src/core/operations/failover.ts';
import { monitorOver } from '../../src/core/operations/monitor.ts';
import { errorLine, type Outcome } from '../../src/core/operations/outcome.ts';
import { set } from '../../src/core/operations/set.ts';
import { Operator } from '../../src/sentinel/operate.ts';
import { aState, at } from '../core/samples.ts';
import { HandClock } from '../http/endpoint.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { mutated } from './mutations.ts';
import { type Json, odd, oddText } from './odd-values.ts';
import { expectAddress, expectEvents, expectFits } from './soundness.ts';

const NOW = at(1000);

const REQUEST: Json = {
  ...{ name: 'mymaster', host: '10.0.0.1', port: 6379, replicas: ['10.0.0.2:6379', '[fd00::1]:6379'] },
  directives: {
    ...{ quorum: 2, 'down-after-milliseconds': '5000', 'auth-pass': 'env:REDIS', 'auth-user': 'sentinel' },
    ...{
      'rename-command': { CONFIG: 'hidden' },
      'node-zones': '10.0.0.2:6379 a',
      'prefer-zone': 'a',
      tls: 'no',
    },
  },
};

const value = fc.oneof(
  odd,
  oddText,
  fc.constantFrom<Json>('yes', 'no', true, 1, '1', 64_000, 'env:X', 'CONFIG c', 'a b c', { GET: 'g' }),
);
const directives = fc.dictionary(
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...DIRECTIVE_NAMES) }, oddText),
  value,
  {
    maxKeys: 5,
  },
);

const asRequest = (given: Json) => {
  const { name, host, port, replicas, directives: more } = Object(given) as Record<string, Json>;
  const isMap = typeof more === 'object' && more !== null && !Array.isArray(more); // as its type demands of a door
  return { name, host, port, replicas, directives: (isMap ? more : {}) as Readonly<Record<string, Json>> };
};

/** A refusal tells each fault by its name and what is allowed, on one line; a change is one the table takes. */
function expectSound(
  outcome: Outcome,
  before: MasterState | undefined,
  named: (name: string) => boolean,
): void {
  if (outcome.kind === 'unchanged') expect(outcome.state).toBe(before);
  else if (outcome.kind === 'refused') {
    expect(errorLine(outcome)).toMatch(/^[A-Z]+ [^\p{Cc}]+$/u);
    expect(outcome.why === 'faults').toBe(outcome.faults.length > 0);
    for (const { directive, allowed } of outcome.faults)
      expect([named(directive), allowed.length > 0]).toEqual([true, true]);
    JSON.stringify(outcome); // as a door does
  } else expectSoundState(outcome.next, before);
}

function expectSoundState(next: MasterState, before: MasterState | undefined): void {
  encodeState({ ...next, rev: (before?.rev ?? 0) + 1, writeId: 'next' });
  expectEvents(next.events);
  expectFits(next);
  for (const { address } of [next.master, ...Object.values(next.replicas)]) expectAddress(address);
  expect([next.directives.quorum >= 1, next.directives.alertIntervalMs >= 10]).toEqual([true, true]);
}

test(
  'a request is refused by all its faults, or makes a state the table takes',
  async () => {
    const request = mutated(REQUEST, 0, 3).map(asRequest);
    const given = fc.record({
      request,
      directives,
      to: fc.oneof(odd, fc.constant('10.0.0.2:6379')),
      coordinated: odd,
    });
    await holds('operators on the core', given, ({ request, directives, to, coordinated }) => {
      const state = aState();
      const inRequest = (name: string) =>
        ['name', 'host', 'port', 'replicas', 'quorum'].includes(name) ||
        Object.hasOwn(request.directives, name);
      expectSound(monitorOver(undefined, request, {}, 'op', NOW), undefined, inRequest);
      expectSound(monitorOver(state, request, {}, 'op', NOW), state, inRequest);
      expectSound(set(state, directives, 'op', NOW), state, (name) => Object.hasOwn(directives, name));
      const asked = failover(state, { id: 'c', to, coordinated }, 'op', NOW);
      expectSound(asked, state, (name) => name === 'to' || name === 'coordinated');
      if (asked.kind === 'change') expect(typeof coordinated).toBe('boolean');
    });
  },
  FUZZ_TIMEOUT_MS,
);

test(
  'what is refused has changed nothing in the table, and no password in it is told again',
  async () => {
    const request = mutated(REQUEST, 0, 2).map(asRequest);
    const secret = fc.constantFrom('hunter2-hunter2', 'env:hunter2-hunter2 x', { of: 'hunter2-hunter2' });
    const given = fc.record({ request, directives, name: fc.oneof(odd, fc.constant('mymaster')), secret });
    await holds('operators on the store', given, async ({ request, directives, name, secret }) => {
      const store = new MemoryStore({ newWriteId: () => 'w', telemetry: { log() {} } });
      await store.createState({ ...aState(), directives: { ...PRESETS, quorum: 2 } });
      const operator = new Operator({ store, clock: new HandClock() });
      const before = JSON.stringify(store.everything());
      const withSecret = { ...directives, 'auth-pass': secret };
      const answers = [
        await operator.set('mymaster', withSecret, 'op'),
        await operator.monitor(
          { ...request, directives: { ...request.directives, 'auth-pass': secret } },
          'op',
        ),
        await operator.monitor({ ...request, name, host: 'x y' }, 'op'),
      ];
      for (const answer of answers) {
        expect(answer.kind).toBe('refused');
        expect(JSON.stringify(answer)).not.toContain('hunter2');
      }
      expect(JSON.stringify(store.everything())).toBe(before);
      const answer = await operator.monitor(request, 'op');
      if (answer.kind === 'refused') expect(JSON.stringify(store.everything())).toBe(before);
      else expect(await store.names()).toContain(answer.state.name);
    });
  },
  FUZZ_TIMEOUT_MS,
);

test('a name that cannot even be made a text is refused with every other fault', async () => {
  const store = new MemoryStore({ newWriteId: () => 'w' });
  const name = { toString: 1, valueOf: 1 };
  const answer = await new Operator({ store, clock: new HandClock() }).monitor(
    { name, host: 'x y', port: 0, directives: {} },
    'op',
  );
  const faults = answer.kind === 'refused' ? answer.faults.map(({ directive }) => directive) : [];
  expect(faults).toEqual(['name', 'port', 'quorum', 'host']);
});
