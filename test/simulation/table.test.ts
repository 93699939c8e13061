/** The simulated table answers as the store in memory does, which keeps the same contract as DynamoDB. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStore } from '../../src/adapters/memory/store.ts';
import type { MasterState, SentinelRecord, Vote } from '../../src/core/model.ts';
import type { StateStore } from '../../src/ports.ts';
import { anObservation, aState } from '../core/samples.ts';
import { Random } from './world/random.ts';
import { NO_TROUBLE, SimulatedStore } from './world/store.ts';
import { SimulatedTable } from './world/table.ts';
import { Timeline } from './world/timeline.ts';

const RUNS = 300;
const NAMES = ['m', 'n'] as const;
const SENTINELS = ['a', 'b'] as const;

const name = fc.constantFrom(...NAMES);
const sentinel = fc.constantFrom(...SENTINELS);
const small = fc.integer({ min: 1, max: 3 });

/** Each asks one thing of a store; `seen` is what its asker last read of that master. */
type Ask = (store: StateStore, seen: Map<string, MasterState>) => Promise<unknown>;

const asks: fc.Arbitrary<Ask> = fc.oneof(
  name.map(
    (name): Ask =>
      async (store, seen) =>
        keep(seen, name, await store.createState(aState({ name }))),
  ),
  fc.tuple(name, small).map(
    ([name, epoch]): Ask =>
      async (store, seen) => {
        const before = seen.get(name);
        if (!before) return 'nothing seen';
        const next = { ...before, currentEpoch: before.currentEpoch + epoch };
        return keep(seen, name, await store.compareAndSet(before, next));
      },
  ),
  name.map(
    (name): Ask =>
      async (store, seen) => {
        const { state, observations, votes } = await store.readView(name);
        if (state) seen.set(name, state);
        return {
          rev: state?.rev,
          epoch: state?.currentEpoch,
          observations: observations.length,
          votes: votes.length,
        };
      },
  ),
  fc.tuple(name, sentinel, small, small).map(
    ([master, sentinel, epoch, incarnation]): Ask =>
      async (store) => {
        const vote: Vote = { master, epoch, sentinel, candidate: { sentinel: 'a', incarnation }, at: 1 };
        return store.castVote(vote);
      },
  ),
  fc.tuple(name, sentinel, small, small).map(
    ([master, sentinel, incarnation, seq]): Ask =>
      (store) =>
        store.putObservation(anObservation(sentinel, { master, incarnation, seq })),
  ),
  fc.tuple(sentinel, small, fc.nat(3)).map(
    ([sentinel, incarnation, seen]): Ask =>
      async (store) => {
        const record: SentinelRecord = { sentinel, incarnation, at: 1 };
        return [await store.putSentinel(record, seen), await store.readSentinel(sentinel)];
      },
  ),
  fc.tuple(name, fc.boolean()).map(
    ([name, listed]): Ask =>
      async (store) => {
        await store.setListed(name, listed);
        return store.names();
      },
  ),
  fc.constant<Ask>((store) => store.readSentinels()),
);

function keep(
  seen: Map<string, MasterState>,
  name: string,
  outcome: Awaited<ReturnType<StateStore['createState']>>,
) {
  const stands = outcome.kind === 'written' ? outcome.state : outcome.found;
  if (outcome.kind === 'written') seen.set(name, outcome.state);
  return { kind: outcome.kind, rev: stands?.rev, epoch: stands?.currentEpoch };
}

test('whatever is asked of both, both answer the same', async () => {
  const alike = fc.asyncProperty(fc.array(asks, { maxLength: 40 }), async (told) => {
    let writes = 0;
    const memory = new MemoryStore({ newWriteId: () => `w${++writes}` });
    const timeline = new Timeline();
    const nobody = { stateWritten() {}, voteCast() {}, observationWritten() {}, alertTaken() {} };
    const options = {
      table: new SimulatedTable(nobody),
      timeline,
      random: new Random(1),
      trouble: () => NO_TROUBLE,
    };
    const simulated = new SimulatedStore(options);
    const [seenThere, seenHere] = [new Map<string, MasterState>(), new Map<string, MasterState>()];
    for (const ask of told) {
      const here = ask(simulated, seenHere);
      await timeline.run(timeline.now + 100);
      expect(await here).toEqual(await ask(memory, seenThere));
    }
  });
  await fc.assert(alike, { numRuns: RUNS });
});
