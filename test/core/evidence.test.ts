import { describe, expect, test } from 'vitest';
import {
  type Evidence,
  gatherEvidence,
  replicasHearing,
  replicasYetToTestify,
} from '../../src/core/evidence.ts';
import type { Upstream } from '../../src/core/info.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { nodeId } from '../../src/core/model.ts';
import {
  answered,
  aState,
  masterInfo,
  N1,
  N2,
  N3,
  refused,
  remembering,
  replicaInfo,
  silent,
} from './samples.ts';

/** Folds looks one by one, as a process that looks at one node after the other would. */
function gather(...looks: readonly NodeLook[]): Evidence | undefined {
  let evidence: Evidence | undefined;
  looks.forEach((_, i) => {
    evidence = gatherEvidence(evidence, aState(), remembering(...looks.slice(0, i + 1)).nodes);
  });
  return evidence;
}

function hearing(now: number, ...looks: readonly NodeLook[]): string[] {
  return replicasHearing(gather(...looks), 1000, now);
}

const OK = answered(N1, 0, masterInfo());
const MUTE = silent(N1, 500, 400);
const replica = (mono: number, offset: number, link: Partial<Upstream> = {}) =>
  answered(N2, mono, replicaInfo({ offset }, link));

describe('a replica testifies for the master', () => {
  test('when its offset grew after the first failed look', () => {
    expect(hearing(700, OK, MUTE, replica(600, 200), replica(700, 201))).toEqual([nodeId(N2)]);
  });

  test('when its last I/O is younger than that look by more than a second', () => {
    expect(hearing(2600, OK, MUTE, replica(2600, 200, { lastIoAgoMs: 1000 }))).toEqual([nodeId(N2)]);
    expect(hearing(1600, OK, MUTE, replica(1600, 200, { lastIoAgoMs: 0 }))).toEqual([nodeId(N2)]);
  });

  test('also while its master refuses this zone', () => {
    expect(hearing(700, OK, refused(N1, 500), replica(600, 200), replica(700, 201))).toEqual([nodeId(N2)]);
  });

  test('for ten seconds, or for down-after if that is longer', () => {
    const evidence = gather(OK, MUTE, replica(600, 200), replica(700, 201));
    expect(replicasHearing(evidence, 1000, 10_700)).toEqual([nodeId(N2)]);
    expect(replicasHearing(evidence, 1000, 10_701)).toEqual([]);
    expect(replicasHearing(evidence, 30_000, 30_700)).toEqual([nodeId(N2)]);
    expect(replicasHearing(evidence, 30_000, 30_701)).toEqual([]);
  });

  test('on, when a later look at it fails or brings nothing new', () => {
    expect(hearing(900, OK, MUTE, replica(600, 200), replica(700, 201), refused(N2, 800))).toEqual([
      nodeId(N2),
    ]);
    expect(hearing(900, OK, MUTE, replica(600, 200), replica(700, 201), replica(800, 201))).toEqual([
      nodeId(N2),
    ]);
  });
});

describe('a replica does not testify', () => {
  const grown = (link: Partial<Upstream>) => [OK, MUTE, replica(600, 200, link), replica(700, 201, link)];
  test.each<[string, NodeLook[]]>([
    ['by its first offset alone: it may have been on the wire', [OK, MUTE, replica(600, 200)]],
    ['by an offset that stands still', [OK, MUTE, replica(600, 200), replica(700, 200)]],
    [
      'by what it had before the failed look',
      [OK, replica(300, 100), replica(390, 200), MUTE, replica(600, 200)],
    ],
    ['by a last I/O within its second of resolution', [OK, MUTE, replica(2500, 200, { lastIoAgoMs: 1000 })]],
    ['with its link down', grown({ linkUp: false })],
    ['for another master', grown({ address: N3 })],
    [
      'as a master',
      [OK, MUTE, answered(N2, 600, masterInfo()), answered(N2, 700, masterInfo({ offset: 900 }))],
    ],
    ['when its link went down since', [...grown({}), replica(800, 201, { linkUp: false })]],
    [
      'when it is none of this master’s replicas',
      [OK, MUTE, answered({ host: '10.0.0.9', port: 1 }, 600, replicaInfo())],
    ],
  ])('%s', (_, looks) => {
    expect(hearing(2500, ...looks)).toEqual([]);
  });
});

describe('evidence', () => {
  test('is none while the master answers, and begins anew with the next failure', () => {
    const before = [OK, MUTE, replica(600, 200), replica(700, 201)];
    expect(gather(...before, answered(N1, 800, masterInfo()))).toBeUndefined();
    expect(hearing(1000, ...before, answered(N1, 800, masterInfo()), silent(N1, 950, 900))).toEqual([]);
  });

  test('of one master is none of another', () => {
    const looks = [OK, MUTE, replica(600, 200), replica(700, 201)];
    const evidence = gather(...looks);
    const { replicas: _, ...rest } = aState();
    const switched = { ...rest, master: { address: N3 }, replicas: aState().replicas };
    const nodes = remembering(...looks, silent(N3, 800, 800)).nodes;
    expect(evidence?.master).toBe(nodeId(N1));
    expect(gatherEvidence(evidence, switched, nodes)).toMatchObject({ master: nodeId(N3), hearing: {} });
  });
});

describe('the word of a replica is still to come', () => {
  const yetToTestify = (...looks: readonly NodeLook[]) =>
    replicasYetToTestify(gather(...looks), aState(), remembering(...looks).nodes);
  const failed = (looks: number) => Array.from({ length: looks }, (_, i) => silent(N1, 500 + 100 * i, 400));

  test('until the third failed look, while its link is up', () => {
    for (const looks of [1, 2]) {
      expect(yetToTestify(OK, replica(450, 200), ...failed(looks))).toEqual([nodeId(N2)]);
    }
    expect(yetToTestify(OK, replica(450, 200), ...failed(3))).toEqual([]);
  });

  test('however often it is asked between two looks at the master', () => {
    expect(yetToTestify(OK, ...failed(2), replica(610, 200), replica(620, 200))).toEqual([nodeId(N2)]);
  });

  test.each<[string, NodeLook[]]>([
    ['while the master answers', [OK, replica(450, 200)]],
    ['from one that lost its link', [OK, MUTE, replica(600, 200, { linkUp: false })]],
    ['from one that follows another', [OK, MUTE, replica(600, 200, { address: N3 })]],
    ['from one that is not reached', [OK, MUTE, replica(450, 200), refused(N2, 600)]],
  ])('not %s', (_, looks) => {
    expect(yetToTestify(...looks)).toEqual([]);
  });
});
