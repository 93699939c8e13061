import { describe, expect, test } from 'vitest';
import type { CommandReply } from '../../src/core/commands.ts';
import { nothing } from '../../src/core/decision.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { type Address, type MasterState, nodeId } from '../../src/core/model.ts';
import { endScripts } from '../../src/core/scripts.ts';
import { aSituation, aState, N1, N2, remembering } from './samples.ts';

const M1: Address = { host: '10.9.9.9', port: 6379 };

function busy(node: Address, mono: number, detail = 'BUSY Redis is busy running a script'): NodeLook {
  return { node, sentAt: mono, at: mono, outcome: 'busy', detail, link: `link to ${nodeId(node)}` };
}

const hanging = (node: Address, detail?: string) => [0, 500, 1000].map((mono) => busy(node, mono, detail));

function killed(
  looks: readonly NodeLook[],
  state: Partial<MasterState> = {},
  replies: readonly CommandReply[] = [],
) {
  const memory = { ...remembering(...looks), replies };
  return endScripts(aSituation({ state: aState(state), memory }, 1000), nothing('')).commands;
}

function kill(at: number): CommandReply {
  const command = { kind: 'kill script', node: N1, link: 'l', epoch: 4, fence: 'read' } as const;
  return { command, sentAt: at, at, outcome: 'done', detail: 'done' };
}

describe('SCRIPT KILL', () => {
  test('is sent to a busy node that is S_DOWN, on the link of its answer', () => {
    expect(killed(hanging(N1))).toEqual([
      { kind: 'kill script', node: N1, link: `link to ${nodeId(N1)}`, epoch: 4, fence: 'read' },
    ]);
  });

  test('is sent to replicas too', () => {
    expect(killed([...hanging(N1), ...hanging(N2)]).map(({ node }) => node)).toEqual([N1, N2]);
  });

  test('is sent once in each episode, whatever became of it', () => {
    expect(killed(hanging(N1), {}, [kill(900)])).toEqual([]);
    expect(killed(hanging(N1), {}, [kill(-1)])).toHaveLength(1);
  });

  test('is sent once in each episode too when pulses are far apart', () => {
    const pulses = [0, 5000, 10_000, 15_000].map((mono) => busy(N2, mono));
    expect(killed(pulses)).toHaveLength(1);
    const before = { ...kill(5000), command: { ...kill(5000).command, node: N2 } };
    expect(killed(pulses, {}, [before])).toEqual([]);
  });

  const directives = { ...aState().directives, observeOnly: true };
  test.each<[string, NodeLook[], Partial<MasterState>]>([
    ['before down-after', [busy(N1, 500), busy(N1, 1000)], {}],
    ['for MISCONF, which no script is the reason of', hanging(N1, 'MISCONF errors writing'), {}],
    ['to a node that is none of ours', hanging(M1), {}],
    ['while paused', hanging(N1), { paused: { since: 0, by: 'operator' } }],
    ['with observe-only', hanging(N1), { directives }],
  ])('is not sent %s', (_, looks, state) => {
    expect(killed(looks, state)).toEqual([]);
  });
});
