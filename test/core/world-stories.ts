/** Random settings and schedules for the {@link World}. */
import fc from 'fast-check';
import { PRESETS } from '../../src/core/directives.ts';
import { type Address, type MasterState, nodeId, SCHEMA } from '../../src/core/model.ts';
import { type Step, World } from './world.ts';
import type { Path } from './world-nodes.ts';
import type { Fate } from './world-process.ts';

export interface Story {
  readonly zones: number;
  readonly quorum: number;
  readonly leaseMs: number;
  readonly opening: readonly Step[];
  readonly steps: readonly Step[];
}

export function play({ opening, steps, ...given }: Story): World {
  const world = new World(firstState(given), ADDRESSES);
  for (const next of [...opening, ...steps]) world.take(next);
  return world;
}

/**
 * The same story without what no rule can mend: whoever gives several nodes replication histories of their own behind
 * the sentinels' back leaves two that are none of ours, and only an operator knows which one to keep.
 */
export function mendable(told: Story): Story {
  const meddles = told.steps.some((next) => next.kind === 'meddle' && next.upstream !== undefined);
  const steps = told.steps.filter((next) => {
    if (next.kind === 'restart') return !(meddles && next.empty);
    return next.kind !== 'meddle' || next.upstream !== undefined;
  });
  return { ...told, steps };
}

const ADDRESSES: readonly Address[] = [1, 2, 3].map((n) => ({ host: `n${n}`, port: 6379 }));

const index = fc.nat(11);
const fate = fc.constantFrom<Fate>(
  'runs',
  'runs',
  'runs',
  'runs',
  'never leaves',
  'runs unheard',
  'runs late',
);
const ms = fc.constantFrom(1, 20, 100, 100, 500, 500, 900, 1100, 2600, 5100);
const path = fc.constantFrom<Path>('open', 'open', 'refused', 'silent');

function of<K extends Step['kind']>(kind: K): fc.Arbitrary<K> {
  return fc.constant(kind);
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 16, arbitrary: fc.record({ kind: of('tick'), who: index, fate }) },
  { weight: 8, arbitrary: fc.record({ kind: of('pass'), ms }) },
  { weight: 6, arbitrary: fc.record({ kind: of('rounds'), times: fc.integer({ min: 1, max: 6 }), fate }) },
  { weight: 4, arbitrary: fc.record({ kind: of('prepare'), who: index }) },
  { weight: 4, arbitrary: fc.record({ kind: of('commit'), who: index, fate }) },
  { weight: 3, arbitrary: fc.record({ kind: of('life'), node: index, alive: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: of('path'), zone: index, node: index, path }) },
  { weight: 1, arbitrary: fc.record({ kind: of('pulse'), zone: index }) },
  { weight: 1, arbitrary: fc.record({ kind: of('incarnate'), zone: index }) },
  { weight: 1, arbitrary: fc.record({ kind: of('crash'), who: index }) },
  { weight: 1, arbitrary: fc.record({ kind: of('behead') }) },
  { weight: 1, arbitrary: fc.record({ kind: of('restart'), node: index, empty: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: of('meddle'), node: index, upstream: fc.option(index, { nil: undefined }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: of('ask'), coordinated: fc.boolean() }) },
);

/** Half of the stories begin with the master's death, so that there is something to tell. */
const opening = fc.constantFrom<readonly Step[]>(
  [],
  [
    { kind: 'tick', who: 0, fate: 'runs' },
    { kind: 'tick', who: 1, fate: 'runs' },
    { kind: 'life', node: 0, alive: false },
  ],
);

export const story: fc.Arbitrary<Story> = fc.record({
  zones: fc.integer({ min: 3, max: 5 }),
  quorum: fc.integer({ min: 1, max: 3 }),
  leaseMs: fc.constantFrom(2000, 5000),
  opening,
  steps: fc.array(step, { minLength: 40, maxLength: 200, size: 'max' }),
});

function firstState({ zones, quorum, leaseMs }: Pick<Story, 'zones' | 'quorum' | 'leaseMs'>): MasterState {
  const [master, ...replicas] = ADDRESSES;
  if (!master) throw new Error('a world without a master');
  const records = replicas.map((address) => [nodeId(address), { address, reconfiguration: 'none' }] as const);
  return {
    ...{ schema: SCHEMA, name: 'mymaster', rev: 1, writeId: '', currentEpoch: 0, configEpoch: 0 },
    directives: {
      ...PRESETS,
      ...{ quorum, downAfterMs: 1000, failoverTimeoutMs: 4000, leaseMs, resolveHostnames: true },
    },
    master: { address: master, runId: 'run-n1:6379', replicationId: 'history-1', offset: 100 },
    replicas: Object.fromEntries(records),
    voters: ['a', 'b', 'c', 'd', 'e'].slice(0, zones),
    ...{ events: [], lastSeq: 0 },
  };
}
