import { describe, expect, test } from 'vitest';
import { aboutToBeDown, describeWhyDown, downAt, type WhyDown, whyDown } from '../../src/core/down.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { rememberLooks } from '../../src/core/memory.ts';
import { type Failover, type MasterState, nodeId } from '../../src/core/model.ts';
import { BLANK } from '../../src/core/view.ts';
import { answered, aState, at, masterInfo, N1, N2, refused, replicaInfo } from './samples.ts';

const REBOOT = aState({ directives: { ...aState().directives, masterRebootDownAfterMs: 3000 } });
const HEALTHY = answered(N1, 0, masterInfo({ keys: 40 }));
const says = (mono: number) => answered(N1, mono, replicaInfo({ runId: 'run-1' }, { address: N2 }));
const empty = (mono: number, changes: Parameters<typeof masterInfo>[0] = {}) =>
  answered(N1, mono, masterInfo({ runId: 'run-9', replicationId: 'h9', offset: 0, keys: 0, ...changes }));
const loading = (mono: number, runId = 'run-9'): NodeLook => {
  const { outcome: _, ...look } = answered(N1, mono, masterInfo({ runId, offset: 0, keys: 0 }));
  return { ...look, outcome: 'answered', reply: 'loading', link: 'l' };
};

/** What is remembered of the named master after these looks, one tick each. */
function remembered(state: MasterState, looks: readonly NodeLook[]) {
  let memory = BLANK;
  for (const look of looks) memory = rememberLooks(memory, state, [look], 1000);
  return memory.nodes[nodeId(N1)];
}

describe('the named master is S_DOWN because it', () => {
  const plain = aState();
  const failover: Failover = {
    ...{ epoch: 4, leader: { sentinel: 'a', incarnation: 1 }, beat: 1, kind: 'automatic' },
    ...{ step: 'promoting', oldMaster: N1, passedOver: {}, timeline: { started: 0 } },
  };
  test.each<[string, WhyDown | undefined, MasterState, NodeLook[]]>([
    ['nothing: it answers', undefined, plain, [HEALTHY]],
    ['gives no valid reply', 'no reply', plain, [HEALTHY, refused(N1, 500), refused(N1, 1000)]],
    ['nothing yet: it said replica once', undefined, plain, [HEALTHY, says(100)]],
    ['said replica in two looks', 'says replica', plain, [HEALTHY, says(100), says(200)]],
    ['nothing: it said master in between', undefined, plain, [says(0), HEALTHY, says(200)]],
    [
      'nothing: from the intent on it may say replica',
      undefined,
      aState({ failover }),
      [HEALTHY, says(100), says(200)],
    ],
    [
      'nothing: a node never seen as a master was monitored by mistake',
      undefined,
      aState({ master: { address: N1 } }),
      [says(100), says(200)],
    ],
    ['came back without keys, far below its offset', 'emptied', plain, [HEALTHY, empty(300)]],
    ['came back so before this process ever saw it', 'emptied', plain, [empty(300)]],
    [
      'nothing: it came back with its data',
      undefined,
      plain,
      [HEALTHY, empty(300, { keys: 40, offset: 90 })],
    ],
    ['nothing: it came back near its offset', undefined, plain, [HEALTHY, empty(300, { offset: 60 })]],
    ['nothing: the same process was flushed', undefined, plain, [HEALTHY, empty(300, { runId: 'run-1' })]],
    ['nothing: it loads, and has no keys yet', undefined, plain, [HEALTHY, loading(300)]],
    ['nothing: it may load for ever by default', undefined, plain, [HEALTHY, loading(300), loading(99_000)]],
    ['nothing: it loads for less than the period', undefined, REBOOT, [HEALTHY, loading(300), loading(3299)]],
    ['rebooted and loads for the whole period', 'reboots', REBOOT, [HEALTHY, loading(300), loading(3300)]],
    ['did so before this process first saw it', 'reboots', REBOOT, [loading(300), loading(3300)]],
    [
      'nothing: it loads under the run id it had',
      undefined,
      REBOOT,
      [HEALTHY, loading(300, 'run-1'), loading(9000, 'run-1')],
    ],
  ])('%s', (_, why, state, looks) => {
    expect(whyDown(state, remembered(state, looks), at(looks.at(-1)?.at ?? 0))).toBe(why);
  });

  test('emptied, also when later looks tell no keys', () => {
    const memory = remembered(plain, [
      HEALTHY,
      empty(300),
      answered(N1, 400, masterInfo({ runId: 'run-9', replicationId: 'h9', offset: 0 })),
    ]);
    expect(whyDown(plain, memory, at(400))).toBe('emptied');
  });

  test('nothing of what was said under another configuration', () => {
    const memory = remembered(plain, [HEALTHY, says(100), says(200)]);
    expect(whyDown(aState({ configEpoch: 9 }), memory, at(200))).toBeUndefined();
  });

  test('nothing while nobody looked', () => {
    expect(whyDown(plain, undefined, at(0))).toBeUndefined();
  });
});

describe('the moment of it', () => {
  test('is down-after past the last valid reply, for a node that refuses', () => {
    const node = remembered(REBOOT, [HEALTHY, refused(N1, 300)]);
    expect(node && downAt(REBOOT, node)).toBe(1000);
  });
  test('is the end of the reboot period, while it loads', () => {
    const node = remembered(REBOOT, [HEALTHY, loading(300)]);
    expect(node && downAt(REBOOT, node)).toBe(3300);
  });
  test('is unknown while nothing speaks for it', () => {
    const node = remembered(REBOOT, [HEALTHY]);
    expect(node && downAt(REBOOT, node)).toBeUndefined();
  });
  test('is the next look, when it just said replica', () => {
    expect(aboutToBeDown(aState(), remembered(aState(), [HEALTHY, says(100)]))).toBe(true);
    expect(aboutToBeDown(aState(), remembered(aState(), [HEALTHY]))).toBe(false);
  });
});

test('each form has words of its own', () => {
  const forms: WhyDown[] = ['no reply', 'says replica', 'emptied', 'reboots'];
  expect(new Set(forms.map(describeWhyDown)).size).toBe(forms.length);
});
