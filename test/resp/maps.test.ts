/** What clients read out of instance maps while something is wrong, and what they must never read there. */
import { describe, expect, it, test } from 'vitest';
import type { Failover, MasterState, Observation, SentinelRecord } from '../../src/core/model.ts';
import { SCHEMA } from '../../src/core/model.ts';
import { monitor } from '../../src/core/operations/monitor.ts';
import type { Known } from '../../src/resp/masters/known.ts';
import { masterFields } from '../../src/resp/sentinel/master-map.ts';
import { announcedReplicas, replicaFields } from '../../src/resp/sentinel/replica-map.ts';

const NOW = { wall: Date.UTC(2026, 10, 24, 12), mono: 50_000 };
const M = { host: '10.0.0.1', port: 6379 };
const R = { host: '10.0.0.2', port: 6379 };

function state(changes: Partial<MasterState> = {}): MasterState {
  const born = monitor({ name: 'm', ...M, directives: { quorum: 2 } }, 'a', {
    wall: NOW.wall - 60_000,
    mono: 0,
  });
  if (!born.ok) throw new Error('no master');
  const replica = { address: R, reconfiguration: 'none' as const };
  return { ...born.value, voters: ['a', 'b', 'c'], replicas: { '10.0.0.2:6379': replica }, ...changes };
}

function observed(sentinel: string, changes: Partial<Observation> = {}): Observation {
  return {
    ...{
      schema: SCHEMA,
      master: 'm',
      sentinel,
      incarnation: 1,
      seq: 1,
      at: NOW.wall - 4000,
      address: M,
      configEpoch: 0,
    },
    ...{
      health: 'silent',
      subjectivelyDown: false,
      detail: '',
      heardBy: [],
      alert: true,
      handover: false,
      events: [],
    },
    ...changes,
  };
}

function known(
  changes: Partial<MasterState> = {},
  observations: readonly Observation[] = [],
  ages: Record<string, number> = { a: 5000, b: 5000, c: 5000 },
): Known {
  const sentinels: SentinelRecord[] = Object.entries(ages).map(([sentinel, age]) => ({
    sentinel,
    incarnation: 1,
    at: NOW.wall - age,
  }));
  return { state: state(changes), observations, sentinels, looks: new Map(), pulseMs: 1000 };
}

function master(of: Known): Record<string, unknown> {
  return Object.fromEntries(masterFields(of, NOW));
}

function replica(of: Known): Record<string, unknown> {
  const [first] = announcedReplicas(of);
  if (!first) throw new Error('no replica');
  return Object.fromEntries(replicaFields(of, first, NOW));
}

const down = (sentinel: string, changes: Partial<Observation> = {}) =>
  observed(sentinel, { subjectivelyDown: true, ...changes });
const replicaDown = (sentinel: string) =>
  observed(sentinel, { at: NOW.wall - 50_000, conditions: { '10.0.0.2:6379': ['down'] } });
const OUTAGE = { since: NOW.wall - 3000, masterValidAt: NOW.wall - 9000, sdown: NOW.wall - 3500 };

function failover(step: Failover['step'], changes: Partial<Failover> = {}): Failover {
  return {
    ...{ epoch: 1, leader: { sentinel: 'a', incarnation: 1 }, beat: 1, kind: 'automatic', step },
    ...{ oldMaster: M, passedOver: {}, timeline: { started: NOW.wall } },
    ...changes,
  };
}

describe("a master's flags", () => {
  test.each<[string, Known, string]>([
    ['all is well', known(), 'master'],
    ['one zone alone finds it down', known({}, [down('a')]), 'master'],
    ['the quorum finds it down', known({}, [down('a'), down('b')]), 's_down,master,disconnected'],
    ['of two one is in TILT', known({}, [down('a'), down('b', { tilt: 'its clock jumped' })]), 'master'],
    [
      'of two one is about an address of the past',
      known({}, [down('a'), down('b', { address: R })]),
      'master',
    ],
    [
      'of two one is about another configuration',
      known({}, [down('a'), down('b', { configEpoch: 7 })]),
      'master',
    ],
    ['of two one has no vote', known({}, [down('a'), down('x')], { a: 1, x: 1 }), 'master'],
    ['of two one died long ago', known({}, [down('a'), down('b')], { a: 1, b: 900_000 }), 'master'],
    [
      'a quorum of one',
      known({ directives: { ...state().directives, quorum: 1 } }, [down('a')]),
      's_down,master,disconnected',
    ],
    ['O_DOWN', known({ outage: OUTAGE }, [down('a'), down('b')]), 's_down,o_down,master,disconnected'],
    [
      'an election',
      known({
        outage: OUTAGE,
        election: { epoch: 1, candidate: { sentinel: 'a', incarnation: 1 }, beat: 1, openedAt: 1 },
      }),
      's_down,o_down,master,disconnected,failover_in_progress',
    ],
    [
      'a failover',
      known({ outage: OUTAGE, failover: failover('selecting') }),
      's_down,o_down,master,disconnected,failover_in_progress',
    ],
    [
      'a handover',
      known({ failover: failover('handing over', { kind: 'coordinated' }) }),
      'master,failover_in_progress,force_failover',
    ],
    ['from the switch on', known({ failover: failover('reconfiguring') }), 'master'],
  ])('when %s', (_, of, flags) => {
    expect(master(of)['flags']).toBe(flags);
  });
});

test.each<[Failover['step'], string | undefined]>([
  ['selecting', 'select_slave'],
  ['handing over', 'send_slaveof_noone'],
  ['promoting', 'wait_promotion'],
  ['reconfiguring', undefined],
])('the step %s is told as %s', (step, told) => {
  expect(master(known({ failover: failover(step) }))['failover-state']).toBe(told);
});

describe("a master's times", () => {
  it('are told in O_DOWN from its beginning', () => {
    expect(master(known({ outage: OUTAGE }, [down('a'), down('b')]))).toMatchObject({
      's-down-time': 3500,
      'o-down-time': 3000,
      'last-ok-ping-reply': 9000,
      'last-ping-sent': 9000,
    });
  });

  it('are left out when all is well', () => {
    const fields = master(known());
    expect(Object.keys(fields)).not.toContain('s-down-time');
    expect(fields).toMatchObject({
      'last-ok-ping-reply': 1000,
      'info-refresh': 5000,
      'role-reported-time': 60_000,
    });
  });

  it('are never below 0, though another clock is ahead', () => {
    const ahead = { since: NOW.wall + 5000, masterValidAt: NOW.wall + 4000 };
    const values = Object.values(master(known({ outage: ahead }))).filter(
      (value) => typeof value === 'number',
    );
    expect(Math.min(...values)).toBe(0);
  });
});

describe("a replica's flags", () => {
  const reconfiguring = (reconfiguration: 'sent' | 'inprog' | 'done') =>
    known({
      failover: failover('reconfiguring'),
      replicas: { '10.0.0.2:6379': { address: R, reconfiguration } },
    });

  test.each<[string, Known, string]>([
    ['all is well', known(), 'slave'],
    ['one zone finds it down', known({}, [replicaDown('a')]), 'slave'],
    [
      'the quorum finds it down',
      known({}, [replicaDown('a'), replicaDown('c')]),
      's_down,slave,disconnected',
    ],
    [
      'it is about to be promoted',
      known({ failover: failover('promoting', { intent: { epoch: 1, node: R } }) }),
      'slave,promoted',
    ],
    ['it was told', reconfiguring('sent'), 'slave,reconf_sent'],
    ['it follows', reconfiguring('inprog'), 'slave,reconf_inprog'],
    ['it is done', reconfiguring('done'), 'slave,reconf_done'],
  ])('when %s', (_, of, flags) => {
    expect(replica(of)['flags']).toBe(flags);
  });
});

it("a replica's link is broken with the master, and whole without a word to the contrary", () => {
  expect(replica(known())).toMatchObject({
    'master-link-status': 'ok',
    'master-link-down-time': 0,
    'master-host': '10.0.0.1',
  });
  expect(replica(known({ outage: OUTAGE }))).toMatchObject({
    'master-link-status': 'err',
    'master-link-down-time': 3500,
  });
});

it('replicas that are hidden or of another group are not told of', () => {
  const hidden = { address: R, reconfiguration: 'none' as const, announced: false };
  const stranger = {
    address: { host: '10.0.0.3', port: 6379 },
    reconfiguration: 'none' as const,
    stranger: 'of another history',
  };
  const of = known({ replicas: { a: hidden, b: stranger } });
  expect(announcedReplicas(of)).toEqual([]);
  expect(master(of)['num-slaves']).toBe(1); // as Sentinel, which counts what it hides
});

it('what INFO of its own connections says comes first', () => {
  const info = {
    role: 'slave' as const,
    replicationId: 'x',
    replicationId2: '',
    offset: 77,
    replicas: [],
    runId: 'f'.repeat(40),
  };
  const upstream = {
    address: M,
    linkUp: false,
    linkDownForMs: 2000,
    syncInProgress: false,
    priority: 7,
    announced: true,
  };
  const look = {
    node: R,
    sentAt: 48_000,
    at: 48_100,
    outcome: 'answered' as const,
    reply: 'pong' as const,
    info: { ...info, upstream },
    link: 'l',
  };
  const looks = new Map([
    ['10.0.0.2:6379', { last: look, answered: look, full: look, answeredAt: 48_100, infoAt: 48_100 }],
  ]);
  expect(replica({ ...known(), looks })).toMatchObject({
    ...{ runid: 'f'.repeat(40), 'slave-repl-offset': 77, 'slave-priority': 7, 'last-ok-ping-reply': 1900 },
    ...{ 'master-link-status': 'err', 'master-link-down-time': 2000, 'info-refresh': 1900 },
  });
});

it('a host name is told as the address it led to, unless names are announced', () => {
  const named = { address: { host: 'redis.example', port: 6379 }, ip: '10.9.9.9' };
  expect(master(known({ master: named }))['ip']).toBe('10.9.9.9');
  const announcing = { ...state().directives, announceHostnames: true };
  expect(master(known({ master: named, directives: announcing }))['ip']).toBe('redis.example');
});
