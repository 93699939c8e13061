import { expect, test } from 'vitest';
import { replicasHearing } from '../../src/core/evidence.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { rememberLooks } from '../../src/core/memory.ts';
import { nodeId } from '../../src/core/model.ts';
import { subjectivelyDown } from '../../src/core/observation.ts';
import { BLANK, type Memory } from '../../src/core/view.ts';
import { answered, aState, N1, N2, refused, replicaInfo, silent } from './samples.ts';

const STATE = aState({ directives: { ...aState().directives, downAfterMs: 5000 } });
const PULSE_MS = 1000;

function looking(memory: Memory, looks: readonly NodeLook[]): Memory {
  return rememberLooks(memory, STATE, looks, PULSE_MS);
}

/** An incident of four seconds, a look each second, which ends just before S_DOWN. */
function afterAnIncident(failed: (mono: number) => NodeLook): Memory {
  let memory = BLANK;
  for (let mono = 0; mono <= 4000; mono += 1000) {
    memory = looking(memory, [failed(mono), answered(N2, mono, replicaInfo({ offset: 100 }))]);
  }
  return memory;
}

test.each<[string, (mono: number) => NodeLook]>([
  ['silent', (mono) => silent(N1, mono, mono)],
  ['refusing', (mono) => refused(N1, mono)],
])(
  'that a node was %s before this process was frozen for minutes counts for nothing when it thaws',
  (_, failed) => {
    const before = afterAnIncident(failed);
    const thawed = looking(before, [failed(604_000), answered(N2, 604_000, replicaInfo({ offset: 99_999 }))]);
    const node = thawed.nodes[nodeId(N1)];
    expect(node && subjectivelyDown(node, 5000)).toBe(false);
    expect(node?.noReplySince).toBe(604_000);
    // what the replica got meanwhile is no evidence that it hears the master now
    expect(replicasHearing(thawed.evidence, 5000, 604_000)).toEqual([]);
  },
);

test('a probe that is unanswered since before the freeze is a silence all the same', () => {
  const before = afterAnIncident((mono) => silent(N1, mono, 0));
  const node = looking(before, [silent(N1, 604_000, 0)]).nodes[nodeId(N1)];
  expect(node?.noReplySince).toBe(0);
});

test('a pulse that another process of the zone made changes nothing', () => {
  const before = afterAnIncident((mono) => silent(N1, mono, mono));
  const node = looking(before, [silent(N1, 6000, 6000)]).nodes[nodeId(N1)];
  expect(node?.noReplySince).toBe(1000); // at most a second of the time in which it did not look
});
