import { describe, expect, test } from 'vitest';
import type { MasterState } from '../../src/core/model.ts';
import { EPOCHS_AHEAD, EVENTS_AHEAD, restore } from '../../src/core/operations/restore.ts';
import { aState, at, MIDNIGHT, N1, N2 } from './samples.ts';

const NOW = at(100_000);
const PAUSED = { since: MIDNIGHT, by: 'somebody' };
const ELECTION = { epoch: 5, candidate: { sentinel: 'a', incarnation: 1 }, beat: 1, openedAt: MIDNIGHT };
const BACKUP = aState({
  ...{ currentEpoch: 5, configEpoch: 4, lastSeq: 40, election: ELECTION },
  outage: { since: MIDNIGHT, masterValidAt: MIDNIGHT },
  coolDown: { until: MIDNIGHT, reason: 'not elected in time' },
});

function restored(found?: MasterState): MasterState {
  const outcome = restore(found, BACKUP, 'op', NOW);
  if (outcome.kind !== 'change') throw new Error(`no change: ${JSON.stringify(outcome)}`);
  return outcome.next;
}

describe('what a backup knew of a master', () => {
  test('is kept, but for what was under way', () => {
    const next = restored();
    const { election, outage, coolDown, ...kept } = BACKUP;
    expect(next).toMatchObject({ master: kept.master, replicas: kept.replicas, directives: kept.directives });
    expect(next).not.toHaveProperty('election');
    expect(next).not.toHaveProperty('outage');
    expect(next).not.toHaveProperty('coolDown');
  });

  test('is paused, and told so', () => {
    const next = restored();
    expect(next.paused).toEqual({ since: NOW.wall, by: 'op' });
    expect(next.events.map(({ type, payload }) => `${type} ${payload}`)).toEqual([
      '+monitor master mymaster 10.0.0.1 6379 quorum 2',
      '+pause master mymaster 10.0.0.1 6379',
    ]);
  });

  test.each<[string, MasterState | undefined, number, number]>([
    ['the backup, where nothing is known', undefined, 5, 40],
    ['what was removed since', aState({ removed: MIDNIGHT, currentEpoch: 9, lastSeq: 90 }), 9, 90],
    ['what is paused', aState({ paused: PAUSED, currentEpoch: 7, lastSeq: 30 }), 7, 40],
  ])('goes on far above %s', (_, found, epoch, seq) => {
    const next = restored(found);
    expect([next.currentEpoch, next.configEpoch]).toEqual([epoch + EPOCHS_AHEAD, epoch + EPOCHS_AHEAD]);
    expect(next.events.map((event) => event.seq)).toEqual([seq + EVENTS_AHEAD + 1, seq + EVENTS_AHEAD + 2]);
    expect(next.lastSeq).toBe(seq + EVENTS_AHEAD + 2);
  });

  test('has the voters of the table it comes into', () => {
    expect(restored().voters).toEqual(BACKUP.voters);
    expect(restored(aState({ paused: PAUSED, voters: ['x', 'y'] })).voters).toEqual(['x', 'y']);
  });
});

describe('it is refused', () => {
  test.each<[string, MasterState | undefined, MasterState | undefined, string]>([
    ['what the backup does not have', undefined, undefined, 'No such master'],
    ['what had been removed by then', undefined, aState({ removed: MIDNIGHT }), 'No such master'],
    ['over a master that is looked after', aState(), BACKUP, 'mymaster is monitored here: pause it first'],
  ])('%s', (_, found, backup, message) => {
    const outcome = restore(found, backup, 'op', NOW);
    expect(outcome.kind === 'refused' && outcome.message).toContain(message);
  });
});

test('a state that was given is not changed', () => {
  const found = Object.freeze(aState({ paused: PAUSED, master: { address: N2 } }));
  expect(restored(found).master.address).toEqual(N1);
});
