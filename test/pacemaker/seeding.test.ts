import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AHEAD_MS, LEASE_MS } from '../../src/pacemaker/plan.ts';
import { offsetMs } from '../../src/pacemaker/stagger.ts';
import { pulse, SKEW_MAX_MS, START, schedule, zones } from './schedules.ts';
import { type Look, type Run, World } from './world.ts';

/** The fraction of a delay's second, and the requests before a batch. */
const ROUGHLY_MS = 1500;
const ZONES = ['a', 'b', 'c'];
const PULSES = [1000, 2000, 5000, 7000, 59_000];

async function played(
  runs: readonly Run[],
  pulseMs: number,
  zoneNames: readonly string[] = ZONES,
  spanMs = pulseMs,
): Promise<World> {
  const world = new World(START, { pulseMs, spanMs, zones: zoneNames });
  await world.play(runs);
  return world;
}

function run(at: number, more: Partial<Run> = {}): Run {
  return { at: START + at, skewMs: 0, requestMs: 10, ...more };
}

/** Each slot a zone may count on: after the first run began to send, until a minute after the last. */
function expectedSlots(runs: readonly Run[], pulseMs: number): readonly number[] {
  const from = Math.min(...runs.map(({ at }) => at)) + SKEW_MAX_MS + ROUGHLY_MS;
  const until = Math.max(...runs.map(({ at }) => at)) + 60_000;
  const slots: number[] = [];
  for (let slot = Math.ceil(from / pulseMs) * pulseMs; slot <= until; slot += pulseMs) slots.push(slot);
  return slots;
}

function counted(looks: readonly Look[]): ReadonlyMap<string, readonly Look[]> {
  return Map.groupBy(looks, ({ zone, slot }) => `${zone} ${slot}`);
}

test('whatever befalls one minute, each zone has each slot, and twice only where a run failed that had sent it', async () => {
  await fc.assert(
    fc.asyncProperty(
      schedule,
      pulse,
      zones,
      fc.integer({ min: -5000, max: 5000 }),
      fc.boolean(),
      async (runs, pulseMs, names, skewMs, staggered) => {
        const spanMs = staggered ? pulseMs : 0;
        const world = await played(runs, pulseMs, names, spanMs);
        const { looks, passedOver } = world.looks(skewMs);
        expect(passedOver).toEqual([]);
        const found = counted(looks);
        for (const slot of expectedSlots(runs, pulseMs)) {
          for (const [index, zone] of names.entries()) {
            const here = found.get(`${zone} ${slot}`) ?? [];
            const sound = here.filter(({ by }) => !world.failed.has(by));
            expect(here.length, `zone ${zone} at slot ${slot - START}`).toBeGreaterThan(0);
            expect(sound.length, `zone ${zone} at slot ${slot - START}, sound runs`).toBeLessThan(2);
            const due = slot + offsetMs(index, names.length, spanMs);
            for (const { at, by } of here) expect(Math.abs(at + by.skewMs - due)).toBeLessThan(ROUGHLY_MS);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);

test.each(PULSES)(
  'a minute missed between two that lie as far apart as can be leaves no gap at a pulse of %i ms',
  async (pulseMs) => {
    const runs = [run(0), run(179_999, { skewMs: SKEW_MAX_MS })];
    const found = counted((await played(runs, pulseMs)).looks(0).looks);
    for (const slot of expectedSlots(runs, pulseMs)) expect(found.get(`a ${slot}`)).toHaveLength(1);
  },
);

test.each(PULSES)(
  'a run that dies with its claim open leaves no gap that outlives the next at a pulse of %i ms',
  async (pulseMs) => {
    const dead = run(119_999, { trouble: { request: 2, effect: 'done', afterwards: 'dies' } });
    const runs = [run(0, { skewMs: -SKEW_MAX_MS }), dead, run(179_999, { skewMs: SKEW_MAX_MS })];
    const world = await played(runs, pulseMs);
    expect(world.sent.filter(({ by }) => by === dead)).toEqual([]);
    const found = counted(world.looks(0).looks);
    for (const slot of expectedSlots(runs, pulseMs)) expect(found.get(`a ${slot}`)).toHaveLength(1);
  },
);

test('a run that died is taken over by the next, however soon that comes', async () => {
  const dead = run(60_000, { trouble: { request: 2, effect: 'done', afterwards: 'dies' } });
  const world = await played([run(0), dead, run(60_500)], 1000);
  const lastSent = Math.max(...world.sent.map(({ sentAt }) => sentAt));
  expect(lastSent - START).toBeGreaterThan(60_500 + LEASE_MS);
  expect(counted(world.looks(0).looks).get(`a ${START + 60_000 + AHEAD_MS}`)).toHaveLength(1);
});

test.each([0, 1, 10, 100, 1000, 3000])(
  'a run started twice, %i ms apart, leaves one message a slot',
  async (apartMs) => {
    const world = await played([run(0), run(60_000), run(60_000 + apartMs)], 1000);
    const slots = world.sent.map(({ body }) => (JSON.parse(body) as { slot: number }).slot);
    expect(slots).toHaveLength(new Set(slots).size);
    expect(slots.length).toBeGreaterThanOrEqual((60_000 + AHEAD_MS) / 1000);
  },
);

test('a clock that was a day ahead silences nobody when it is right again', async () => {
  const runs = [run(0, { skewMs: 86_400_000 }), run(60_000)];
  const found = counted((await played(runs, 1000)).looks(0).looks);
  expect(found.get(`a ${START + 90_000}`)).toHaveLength(1);
});

test('what a run could not send is sent by the next, and the queue holds the rest once', async () => {
  const unsure = run(60_000, { trouble: { request: 3, effect: 'not done', afterwards: 'is told' } });
  const runs = [run(0), unsure, run(120_000), run(180_000), run(240_000)];
  const found = counted((await played(runs, 1000)).looks(0).looks);
  for (const slot of expectedSlots(runs, 1000)) expect(found.get(`a ${slot}`)?.length).toBeGreaterThan(0);
});

test.each([
  [1000, ZONES],
  [1000, ['a']],
  [2000, ZONES],
  [5000, ZONES],
  [7000, ['a', 'b']],
  [59_000, ['a', 'b', 'c', 'd']],
])('at a pulse of %i ms the zones %j look evenly, to a tenth of a second', async (pulseMs, names) => {
  const { looks } = (await played([run(0), run(61_234)], pulseMs, names)).looks(0);
  expect(looks.length).toBeGreaterThan(0);
  for (const { zone, slot, at } of looks.filter((look) => look.slot > START + 3000)) {
    const lateMs = at - slot - offsetMs(names.indexOf(zone), names.length, pulseMs);
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(120);
  }
});
