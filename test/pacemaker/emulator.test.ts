/**
 * The built pacemaker over SQS' real wire protocol. What takes minutes is told from what lies in the queue: a run
 * whose clock is two minutes ahead sees the table and the queue as the run two minutes later would.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../src/local/until.ts';
import { AHEAD_MS } from '../../src/pacemaker/plan.ts';
import { Emulated, type QueuedSlot, ZONES } from './emulated.ts';

let stage: Emulated;

beforeAll(async () => {
  stage = await Emulated.start();
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

const MINUTE_MS = 60_000;

function slotsOf(queued: readonly QueuedSlot[], zone?: string): readonly number[] {
  return queued.filter((message) => message.zone === zone).map(({ slot }) => slot);
}

/** Each once, none left out. */
function expectUnbroken(slots: readonly number[], pulseMs: number, atLeast: number): void {
  expect(slots.length).toBeGreaterThanOrEqual(atLeast);
  const [first = 0] = slots;
  expect(slots).toEqual(slots.map((_, index) => first + index * pulseMs));
}

/** Delivers what is queued until each zone has looked at the first slots of it, and at none twice. */
async function expectLooks(fleet: string, slots: number): Promise<void> {
  const first = [...new Set(stage.queued(fleet).map(({ slot }) => slot))].slice(0, slots);
  const looks = (zone: string) =>
    stage.looks.filter((look) => look.fleet === fleet && look.zone === zone).map(({ slot }) => slot);
  const dropped = () => stage.dropped.filter((each) => each.fleet === fleet).map(({ slot }) => slot);
  stage.deliver(fleet);
  await until(
    `a look of each zone at ${first}`,
    () =>
      ZONES.every((zone) => first.every((slot) => looks(zone).includes(slot) || dropped().includes(slot))),
    { timeoutMs: 40_000 },
  );
  for (const zone of ZONES) {
    expect(looks(zone).length).toBeGreaterThan(0);
    expect(looks(zone)).toHaveLength(new Set(looks(zone)).size);
  }
}

describe.concurrent('the built pacemaker', { timeout: 60_000 }, () => {
  test('leaves one message a slot when it is run twice at once, and each zone looks once a slot', async () => {
    stage.fleet('live', 1000);
    const outcomes = await Promise.all([stage.seed('live'), stage.seed('live')]);
    expect(outcomes.filter(({ messages }) => Number(messages) >= AHEAD_MS / 1000)).toHaveLength(1);
    expectUnbroken(slotsOf(stage.queued('live')), 1000, AHEAD_MS / 1000);
    await expectLooks('live', 3);
  });

  test('gives each zone messages of its own where the pulse is long, and each slot once', async () => {
    stage.fleet('slow', 2000);
    await stage.seed('slow');
    for (const zone of ZONES) expectUnbroken(slotsOf(stage.queued('slow'), zone), 2000, AHEAD_MS / 2000 - 2);
    await expectLooks('slow', 2);
  });

  test('leaves no gap when a minute is lost, and one message a slot when the next has two runs', async () => {
    stage.fleet('lost', 1000, [2 * MINUTE_MS]);
    await stage.seed('lost');
    const later = `lost+${2 * MINUTE_MS}`;
    const outcomes = await Promise.all([stage.seed(later), stage.seed(later)]);
    expect(outcomes.every(({ seededThrough }) => Number(seededThrough) > 0)).toBe(true);
    expectUnbroken(slotsOf(stage.queued('lost')), 1000, (2 * MINUTE_MS + AHEAD_MS) / 1000);
  });

  test('leaves no gap behind a run that was killed between its claim and its first message', async () => {
    stage.fleet('killed', 5000, [MINUTE_MS, 2 * MINUTE_MS]);
    await stage.seed('killed');
    const before = stage.queued('killed');
    const dying = `killed+${MINUTE_MS}`;
    const unsubscribe = stage.table.onWrite(async ({ caller }) => {
      if (caller === dying) stage.kill(dying);
    });
    expect(await stage.seed(dying)).toMatchObject({ errorType: 'Runtime.ExitError' });
    unsubscribe();
    expect(stage.queued('killed')).toEqual(before);
    const taken = await stage.seed(`killed+${2 * MINUTE_MS}`);
    expect(taken['messages']).toBeGreaterThanOrEqual(72);
    for (const zone of ZONES) expectUnbroken(slotsOf(stage.queued('killed'), zone), 5000, 66);
  });
});
