/** Items with every optional field filled in: the compiler refuses a sample that lacks one the model gained. */
import { PRESETS } from '../../src/core/directives.ts';
import type { MasterState, Observation, SentinelRecord, Timeline, Vote } from '../../src/core/model.ts';
import type { Telemetry } from '../../src/ports.ts';

const NOW = Date.UTC(2026, 10, 24);
const OLD = { host: '10.0.0.1', port: 6379 };
const NEW = { host: '10.0.0.2', port: 6379 };

/** With nothing left out, at any depth. */
type Whole<T> = T extends readonly (infer E)[]
  ? readonly Whole<E>[]
  : T extends object
    ? { readonly [K in keyof T]-?: Whole<T[K]> }
    : T;

export function aState(name: string): Omit<Whole<MasterState>, 'removed'> {
  return {
    schema: { major: 1, minor: 0 },
    name,
    rev: 1,
    writeId: 'not-yet-written',
    directives: {
      ...PRESETS,
      quorum: 2,
      authUser: 'sentinel',
      authPass: 'env:REDIS_PASSWORD',
      authPassBefore: 'stored:4f1c',
      renamedCommands: { CONFIG: 'hidden-config' },
      preferZone: 'eu-west-1a',
      nodeZones: { '10.0.0.2:6379': 'eu-west-1a' },
    },
    currentEpoch: 7,
    configEpoch: 6,
    master: {
      address: OLD,
      runId: 'a'.repeat(40),
      replicationId: 'b'.repeat(40),
      previousReplicationIds: ['c'.repeat(40)],
      offset: 1234,
      ip: '10.0.0.1',
    },
    replicas: {
      '10.0.0.2:6379': {
        address: NEW,
        reconfiguration: 'sent',
        reconfigurationSentAt: NOW + 3,
        repairedAt: NOW,
        declared: true,
        unconfirmed: true,
        stranger: "its replication history is not the master's",
        announced: false,
        ip: '10.0.0.2',
      },
    },
    voters: ['a', 'b', 'c'],
    outage: { since: NOW, masterValidAt: NOW - 5000, sdown: NOW - 10 },
    election: { epoch: 7, candidate: { sentinel: 'a', incarnation: 3 }, beat: 1, openedAt: NOW },
    failover: {
      epoch: 7,
      leader: { sentinel: 'a', incarnation: 3 },
      beat: 4,
      kind: 'automatic',
      step: 'promoting',
      target: NEW,
      intent: { epoch: 7, node: NEW, runId: 'run-new', offset: 4096, givenUp: true },
      oldMaster: OLD,
      passedOver: { '10.0.0.3:6379': 'its link was down for 61 s' },
      writesLost: 44,
      twoMasters: { from: NOW, until: NOW + 100 },
      begunIn: 7,
      timeline: aTimeline(),
    },
    lastFailover: {
      epoch: 6,
      leader: 'b',
      from: NEW,
      to: OLD,
      kind: 'coordinated',
      outcome: 'switched',
      passedOver: {},
      writesLost: 0,
      twoMasters: { from: NOW - 900, until: NOW - 700 },
      timeline: aTimeline(),
    },
    coolDown: { until: NOW + 360_000, reason: 'no good replica' },
    limitation: { at: NOW, by: 'c', reason: 'it reached no eligible replica' },
    command: { id: 'c-2', at: NOW, by: 'operator', kind: 'failover', coordinated: true, to: NEW },
    lastCommand: { id: 'c-1', at: NOW - 1000, epoch: 6, reason: 'begun' },
    paused: { since: NOW, by: 'operator', refused: 'the master does not answer' },
    simulate: { crashAfterElection: true, crashAfterPromotion: false },
    declaration: { by: 'production/Masters', address: { host: '10.0.0.1', port: 6379 } },
    events: [
      { seq: 1, at: NOW, by: 'a', type: '+odown', payload: `master ${name} 10.0.0.1 6379 #quorum 2/2` },
    ],
    lastSeq: 1,
  };
}

/** What REMOVE leaves behind. */
export function aTombstone(name: string): Whole<MasterState> {
  return { ...aState(name), removed: NOW + 1 };
}

function aTimeline(): Whole<Timeline> {
  const [sdown, odown, elected, intended] = [NOW + 1, NOW + 2, NOW + 3, NOW + 4];
  const [promoted, switched, ended] = [NOW + 5, NOW + 6, NOW + 7];
  return { started: NOW, sdown, odown, elected, intended, promoted, switched, ended };
}

export function anObservation(master: string, sentinel: string, incarnation: number): Whole<Observation> {
  return {
    schema: { major: 1, minor: 0 },
    master,
    sentinel,
    incarnation,
    seq: 1,
    at: NOW,
    address: OLD,
    configEpoch: 6,
    health: 'silent',
    subjectivelyDown: true,
    unended: false,
    tilt: 'it stalled for 2300 ms',
    limitation: 'it reached no eligible replica',
    conditions: { '10.0.0.3:6379': ['down', 'misconfigured'] },
    detail: 'no reply for 5000 ms',
    lastValidAt: NOW - 5000,
    heardBy: ['10.0.0.2:6379'],
    alert: true,
    handover: false,
    events: [{ seq: 1, at: NOW, by: sentinel, type: '+sdown', payload: `master ${master} 10.0.0.1 6379` }],
  };
}

export function aVote(master: string, epoch: number, sentinel: string, candidate = 'a'): Whole<Vote> {
  return { master, epoch, sentinel, candidate: { sentinel: candidate, incarnation: 3 }, at: NOW };
}

export function aSentinel(sentinel: string, incarnation: number, at = NOW): Whole<SentinelRecord> {
  const address = { host: '10.0.0.9', port: 26_379 };
  return { sentinel, incarnation, at, alertUntil: at + 3000, address };
}

/** Keeps what is told, to be looked at. */
export class Told implements Telemetry {
  readonly lines: { readonly level: string; readonly fields: unknown }[] = [];

  log(level: string, _message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level, fields });
  }
}
