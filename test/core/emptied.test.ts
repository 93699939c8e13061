import { describe, expect, test } from 'vitest';
import { acceptLoss, historiesLeft } from '../../src/core/emptied.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { rememberLooks } from '../../src/core/memory.ts';
import type { Address, MasterState } from '../../src/core/model.ts';
import { BLANK, type Situation, situation } from '../../src/core/view.ts';
import { answered, aState, at, aView, masterInfo, N1, N2, N3, refused, replicaInfo } from './samples.ts';

const MASTER = { address: N1, runId: 'run-1', replicationId: 'history-1', offset: 5000 };
const OUTAGE = { since: 0, masterValidAt: 0 };

function seen(looks: readonly NodeLook[], more: Partial<MasterState> = {}): Situation {
  const state = aState({ master: MASTER, ...more });
  const memory = rememberLooks(rememberLooks(BLANK, state, looks, at(0), 1000), state, looks, at(0), 1000);
  return situation(aView({ state, memory }), { id: 'a' }, at(0));
}

const empty = answered(N1, 0, masterInfo({ runId: 'run-9', replicationId: 'h9', offset: 14, keys: 0 }));
const holds = (node: Address, replicationId: string, offset = 14) =>
  answered(node, 0, replicaInfo({ replicationId, offset }));
const demoted = answered(N1, 0, replicaInfo({ runId: 'run-1', replicationId: 'h9' }, { address: N2 }));

describe('an emptied master', () => {
  test('whose data no node has any more is taken as it is: an alarm, and no role changed', () => {
    const { write, commands } =
      acceptLoss(seen([empty, holds(N2, 'h9'), holds(N3, 'h9')], { outage: OUTAGE })) ?? {};
    expect(commands).toEqual([]);
    expect(write?.master).toEqual({ address: N1, runId: 'run-9', replicationId: 'h9', offset: 14 });
    expect(write?.events.map(({ type }) => type)).toEqual(['+reboot', '+data-lost', '-odown']);
    expect(write).not.toHaveProperty('outage');
  });

  test.each<[string, NodeLook[]]>([
    ['a replica still has the data', [empty, holds(N2, 'h9'), holds(N3, 'history-1', 5000)]],
    ['a replica may have them and is out of reach', [empty, holds(N2, 'h9'), refused(N3, 0)]],
    ['it was not emptied', [answered(N1, 0, masterInfo({ keys: 40 })), holds(N2, 'h9'), holds(N3, 'h9')]],
  ])('is not taken as it is while %s', (_, looks) => {
    expect(acceptLoss(seen(looks))).toBeUndefined();
  });
});

describe('a master that was made a replica of other data', () => {
  test('is taken with those when all nodes have them', () => {
    const { write } = acceptLoss(seen([demoted, holds(N2, 'h9'), holds(N3, 'h9')])) ?? {};
    expect(write?.master.replicationId).toBe('h9');
    expect(write?.events.map(({ type }) => type)).toEqual(['+data-lost']);
  });

  test('that it has not got itself yet is taken with those the others have', () => {
    const bare = answered(
      N1,
      0,
      replicaInfo({ runId: 'run-1', replicationId: 'h7', offset: 0 }, { address: N2 }),
    );
    const { write } = acceptLoss(seen([bare, holds(N2, 'h9'), holds(N3, 'h9')])) ?? {};
    expect(write?.master.replicationId).toBe('h9');
  });

  test('is not when the nodes hold two histories: only an operator knows which one to keep', () => {
    expect(acceptLoss(seen([demoted, holds(N2, 'h9'), holds(N3, 'h8')]))).toBeUndefined();
  });
});

test('what was taken is taken once, and not told again at every look', () => {
  const nothing = [
    answered(N1, 0, replicaInfo({ runId: 'run-1', replicationId: 'h9', offset: 0 }, { address: N2 })),
    holds(N2, 'h8', 0),
    holds(N3, 'h7', 0),
  ];
  const taken = acceptLoss(seen(nothing))?.write;
  expect(taken?.master).toMatchObject({ replicationId: 'h9', offset: 0 });
  expect(acceptLoss(seen(nothing, { master: { ...MASTER, ...taken?.master } }))).toBeUndefined();
});

test('a node without any data has no history to keep', () => {
  expect(historiesLeft(seen([empty, holds(N2, 'h8', 0), holds(N3, 'h9')]))).toEqual(new Set(['h9']));
});
