/** The decision of a sentinel that reads what somebody else wrote into the table, beside nodes that say what they like. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeObservation,
  decodeState,
  decodeVote,
  encodeObservation,
  encodeState,
  encodeVote,
  type Item,
} from '../../src/adapters/dynamodb/codec.ts';
import { watchOthers } from '../../src/core/agreement.ts';
import { decide } from '../../src/core/decide.ts';
import { parseInfo } from '../../src/core/info.ts';
import { rememberLooks } from '../../src/core/memory.ts';
import { nodeId } from '../../src/core/model.ts';
import { report } from '../../src/core/report.ts';
import { BLANK } from '../../src/core/view.ts';
import { wakeOnObservation, wakeOnState } from '../../src/core/wake.ts';
import { Unreadable } from '../../src/ports.ts';
import { answered, at, refused } from '../core/samples.ts';
import { anObservation, aState, aVote } from '../store/samples.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { infoText } from './info-texts.ts';
import { mutated } from './mutations.ts';
import type { Json } from './odd-values.ts';

/** Open in every way at once, and each of its parts by itself. */
const WHOLE = aState('m');
const { election, failover, paused, command, coolDown, outage, ...calm } = WHOLE;
const down = {
  ...calm,
  replicas: { '10.0.0.2:6379': { address: { host: '10.0.0.2', port: 6379 }, reconfiguration: 'none' } },
};
const STATES = [
  WHOLE,
  calm,
  down,
  { ...calm, failover },
  { ...calm, election },
  { ...calm, command },
  { ...calm, paused },
];
const STATE = encodeState(WHOLE);
const OBSERVATION = encodeObservation(anObservation('m', 'b', 3));
const VOTE = encodeVote(aVote('m', 7, 'b'));

const json = (value: object) => JSON.parse(JSON.stringify(value)) as Json;

function read<T>(decode: (item: Item) => T, { pk, sk }: Item, fields: Json): T | undefined {
  try {
    return decode({ ...(fields as object), pk, sk } as Item);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return undefined;
  }
}

const given = fc.record({
  state: fc.oneof(...STATES.map((state) => mutated(json(state), 0, 2))),
  observation: mutated(json(anObservation('m', 'b', 3)), 0, 1),
  vote: mutated(json(aVote('m', 7, 'b')), 0, 1),
  looks: fc.array(fc.option(infoText, { nil: undefined }), { minLength: 1, maxLength: 4 }),
  incarnation: fc.constantFrom(undefined, 3, 4),
  handover: fc.boolean(),
});

let decided = 0;

test(
  'whatever is read from the table, a decision and a report are made of it',
  async () => {
    await holds(
      'decisions from the table',
      given,
      ({ state: fields, looks, incarnation, handover, ...others }) => {
        const state = read(decodeState, STATE, fields);
        if (!state) return;
        decided += 1;
        const observations = [read(decodeObservation, OBSERVATION, others.observation) ?? []].flat();
        const votes = [read(decodeVote, VOTE, others.vote) ?? []].flat();
        const now = at(2000);
        const nodes = [state.master, ...Object.values(state.replicas)].map(({ address }) => address);
        const seen = nodes.map((node, i) => {
          const text = looks[i % looks.length];
          return text === undefined ? refused(node, 2000) : answered(node, 2000, parseInfo(text));
        });
        const before = rememberLooks(
          BLANK,
          state,
          nodes.map((node) => refused(node, 1000)),
          1000,
        );
        const memory = watchOthers(rememberLooks(before, state, seen, 1000), { state, observations }, now);
        const self = { id: 'a', ...(incarnation !== undefined && { incarnation, alertSince: 0 }) };
        const view = { state, observations, votes, memory };
        const decision = decide(view, self, now);
        if (decision.write) encodeState({ ...decision.write, rev: state.rev + 1, writeId: 'next' });
        if (decision.vote) encodeVote(decision.vote);
        for (const { node } of decision.commands) {
          expect([...nodes.map(nodeId), nodeId(state.failover?.oldMaster ?? node)]).toContain(nodeId(node));
        }
        const told = report(view, self, observations[0], now, handover);
        if (told) encodeObservation(told);
        expect(wakeOnState(undefined, state)?.kind).not.toBe('one');
        for (const observation of observations) wakeOnObservation(undefined, observation);
      },
    );
    expect(decided).toBeGreaterThan(100); // else all of them were refused, and nothing was asked
  },
  FUZZ_TIMEOUT_MS,
);
