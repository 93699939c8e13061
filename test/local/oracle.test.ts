/** The oracle of the table's writes, shown to find what it is there to find: each forged write is one of a sound failover's. */
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { encodeObservation, encodeState, encodeVote, type Item } from '../../src/adapters/dynamodb/codec.ts';
import { PRESETS } from '../../src/core/directives.ts';
import { aboutMaster, aboutReplica, type Happening, record } from '../../src/core/events.ts';
import {
  type Address,
  type Failover,
  type MasterState,
  nodeId,
  type Observation,
  type ReplicaRecord,
  SCHEMA,
  type Vote,
} from '../../src/core/model.ts';
import { Oracle } from '../../src/local/oracle.ts';

const address = (port: number): Address => ({ host: '127.0.0.1', port });
const [A, B, C] = [address(1), address(2), address(3)];
const replica = (node: Address): Readonly<Record<string, ReplicaRecord>> => ({
  [nodeId(node)]: { address: node, reconfiguration: 'none' },
});
const LEADER = { sentinel: 'a', incarnation: 3 };

const CALM: MasterState = {
  ...{ schema: SCHEMA, name: 'm', rev: 1, writeId: 'w', directives: { ...PRESETS, quorum: 2 } },
  ...{ currentEpoch: 0, configEpoch: 0, master: { address: A }, replicas: { ...replica(B), ...replica(C) } },
  ...{ voters: ['a', 'b', 'c'], events: [], lastSeq: 0 },
};

/** A table under one oracle. What is told without its writer is written by the zone itself. */
class Forgery {
  readonly #oracle = new Oracle('m');
  state = CALM;

  constructor(start: Partial<MasterState> = {}) {
    this.state = { ...CALM, ...start };
    this.#put(encodeState(this.state), 'stack');
  }

  get broken(): readonly string[] {
    return this.#oracle.broken;
  }

  write(change: Partial<MasterState>, happenings: readonly Happening[] = [], caller = 'sentinel-a'): this {
    const now = { wall: Date.now(), mono: 0 };
    const next = { ...this.state, rev: this.state.rev + 1, ...change };
    this.state = record(next, 'a', now, happenings);
    this.#put(encodeState(this.state), caller);
    return this;
  }

  down(sentinel: string, change: Partial<Observation> = {}, caller = `sentinel-${sentinel}`): this {
    const observation: Observation = {
      ...{ schema: SCHEMA, master: 'm', sentinel, incarnation: 3, seq: 1, at: Date.now() },
      ...{ address: A, configEpoch: 0, health: 'silent', subjectivelyDown: true, detail: '' },
      ...{ heardBy: [], alert: true, handover: false, events: [] },
      ...change,
    };
    this.#put(encodeObservation(observation), caller);
    return this;
  }

  vote(sentinel: string, change: Partial<Vote> = {}, caller = `sentinel-${sentinel}`): this {
    const epoch = this.state.currentEpoch;
    const vote: Vote = { master: 'm', epoch, sentinel, candidate: LEADER, at: Date.now(), ...change };
    this.#put(encodeVote(vote), caller);
    return this;
  }

  /** O_DOWN and the election, in one write as the core makes it. */
  stand(
    happenings = [about('+odown')],
    known: Pick<MasterState, 'outage'> = { outage: OUTAGE },
    caller?: string,
  ): this {
    const epoch = this.state.currentEpoch + 1;
    const election = { epoch, candidate: LEADER, beat: 1, openedAt: Date.now() };
    const told = [{ type: '+new-epoch', payload: String(epoch) }, about('+try-failover')];
    return this.write({ currentEpoch: epoch, election, ...known }, [...happenings, ...told], caller);
  }

  /** The election is over, and the failover open in its epoch: a new one, or the one that was left open. */
  lead(change: Partial<Failover> = {}, caller?: string): this {
    const { election: _, ...rest } = this.state;
    this.state = rest;
    const epoch = rest.currentEpoch;
    const begun: Failover = {
      ...{ epoch, begunIn: epoch, leader: LEADER, beat: 2, kind: 'automatic', step: 'selecting' },
      ...{ oldMaster: A, passedOver: {}, timeline: { started: 0 } },
    };
    const failover = { ...begun, ...rest.failover, epoch, ...change };
    return this.write({ failover }, [about('+elected-leader')], caller);
  }

  intend(node: Address, caller?: string): this {
    const { failover } = this.state;
    if (!failover) throw new Error('no failover is open');
    const intent = { epoch: failover.epoch, node };
    return this.write({ failover: { ...failover, step: 'promoting', intent } }, [], caller);
  }

  switchTo(node: Address, caller?: string): this {
    const { failover, replicas, outage: _, ...rest } = this.state;
    const { [nodeId(node)]: __, ...others } = { ...replicas, ...replica(this.state.master.address) };
    this.state = { ...rest, replicas };
    const switched = failover && { failover: { ...failover, step: 'reconfiguring' as const } };
    const named = { configEpoch: rest.currentEpoch, master: { address: node }, replicas: others };
    return this.write({ ...switched, ...named }, [], caller);
  }

  #put(item: Item, caller: string): void {
    const key = { pk: String(item['pk']), sk: String(item['sk']) };
    this.#oracle.check({ caller, operation: 'PutItem', key, item: marshall(item) });
  }
}

const about = (type: string) => aboutMaster(type, 'm', A);
const OUTAGE = { since: 0, masterValidAt: 0 };
const COMMAND = { id: 'x', at: 0, by: 'test', kind: 'failover', coordinated: false } as const;

const down = () => new Forgery().down('a').down('b');
const elected = () => down().stand().vote('a').vote('b');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('nothing is broken', () => {
  test.each<[string, Forgery]>([
    [
      'by a failover from S_DOWN to the demotion of the old master',
      elected()
        .lead()
        .intend(B)
        .switchTo(B)
        .write({}, [
          aboutReplica('+convert-to-slave', 'm', B, A),
          aboutReplica('+fix-slave-config', 'm', B, C),
        ]),
    ],
    [
      'by one that is resumed in the next epoch, and ends at the old master',
      elected().lead().intend(B).stand([]).vote('b').vote('c').lead().intend(A).switchTo(A),
    ],
    [
      'by one that was asked for',
      new Forgery({ command: COMMAND })
        .write({ currentEpoch: 1 })
        .lead({ kind: 'forced' })
        .intend(B)
        .switchTo(B),
    ],
    [
      'by the promotion of a master that says replica',
      new Forgery()
        .down('a', { conditions: { [nodeId(A)]: ['role'] } })
        .down('b')
        .stand()
        .vote('a')
        .vote('c')
        .lead()
        .intend(A)
        .switchTo(A),
    ],
    [
      'by a topology that is adopted while it is paused',
      new Forgery({ paused: { since: 0, by: 'test' } }).write({ currentEpoch: 1 }).switchTo(B),
    ],
  ])('%s', (_, { broken }) => {
    expect(broken).toEqual([]);
  });
});

describe('an election is found broken', () => {
  const lone = 'the election of epoch 1: besides a S_DOWN was told by nobody';
  const told = (change: Partial<Observation>) => new Forgery().down('a').down('b', change).stand();
  test.each<[string, Forgery, string]>([
    ['when nobody else told S_DOWN', new Forgery().down('a').stand(), lone],
    ['when the other holds the master for up', told({ subjectivelyDown: false }), lone],
    ['when the other told of another address', told({ address: B }), lone],
    ['when the other told of another configuration', told({ configEpoch: 1 }), lone],
    ['when the other was in TILT', told({ tilt: 'its clock' }), lone],
    ['when the other is no voter', new Forgery().down('d').stand(), lone],
    [
      'without O_DOWN in the state',
      down().stand([about('+odown')], {}),
      'the election of epoch 1 was opened without O_DOWN',
    ],
    ['before O_DOWN was told', down().stand([]), 'event 2: +try-failover without +odown'],
    [
      'after O_DOWN was over',
      down().stand([about('+odown'), about('-odown')]),
      'event 4: +try-failover without +odown',
    ],
    [
      'when another zone opened it',
      down().stand(undefined, undefined, 'sentinel-b'),
      "the election of epoch 1 is a's, and sentinel-b wrote it",
    ],
    [
      'by an observation that another zone wrote',
      down().down('b', {}, 'sentinel-c').stand(),
      "the observation is b's, and sentinel-c wrote it",
    ],
  ])('%s', (_, { broken }, why) => {
    expect(broken).toEqual([why]);
  });

  it('when what the other told is not fresh, or stands no more', () => {
    const stale = down();
    vi.advanceTimersByTime(14_000);
    expect(stale.down('a').stand().broken).toEqual([lone]);
    const over = down().down('b', { subjectivelyDown: false });
    vi.advanceTimersByTime(4000);
    expect(over.stand().broken).toEqual([lone]);
  });
});

describe('a leader is found broken', () => {
  test.each<[string, Forgery, string]>([
    [
      'with its own vote alone',
      down().stand().vote('a').lead(),
      'the failover of epoch 1: a took it with the votes of a',
    ],
    [
      'with a vote for another incarnation',
      down()
        .stand()
        .vote('a')
        .vote('b', { candidate: { sentinel: 'a', incarnation: 2 } })
        .lead(),
      'the failover of epoch 1: a took it with the votes of a',
    ],
    [
      'with a vote of another epoch',
      down().stand().vote('a').vote('b', { epoch: 2 }).lead(),
      'the failover of epoch 1: a took it with the votes of nobody',
    ],
    [
      'with a vote of one that does not vote',
      down().stand().vote('a').vote('d').lead(),
      'the failover of epoch 1: a took it with the votes of a',
    ],
    [
      'with a majority that is no quorum',
      new Forgery({ directives: { ...CALM.directives, quorum: 3 } })
        .down('a')
        .down('b')
        .down('c')
        .stand()
        .vote('a')
        .vote('b')
        .lead(),
      'the failover of epoch 1: a took it with the votes of a,b',
    ],
    [
      'with a quorum that is no majority',
      new Forgery({ directives: { ...CALM.directives, quorum: 1 } }).down('a').stand().vote('a').lead(),
      'the failover of epoch 1: a took it with the votes of a',
    ],
    [
      'that resumes without votes of its epoch',
      elected().lead().intend(B).stand([]).lead(),
      'the failover of epoch 2: a took it with the votes of nobody',
    ],
    [
      'of a forced failover that nobody asked for',
      new Forgery().write({ currentEpoch: 1 }).lead({ kind: 'forced' }),
      'the failover of epoch 1 is forced, and nobody asked for it',
    ],
    [
      'that another zone entered',
      elected().lead({}, 'sentinel-b'),
      "the failover of epoch 1 is a's, and sentinel-b wrote it",
    ],
    [
      'by a vote that another zone cast',
      elected().vote('b', {}, 'sentinel-c'),
      "the vote is b's, and sentinel-c wrote it",
    ],
  ])('%s', (_, { broken }, why) => {
    expect(broken).toEqual([why]);
  });
});

describe('what a leader does is found broken', () => {
  const led = () => elected().lead();
  test.each<[string, Forgery, string]>([
    [
      'by an intent that names no replica',
      led().intend(address(4)),
      'the intent of epoch 1 is 127.0.0.1:4, which is no replica of it',
    ],
    [
      'by an intent that names a master which never said replica',
      led().intend(A),
      'the intent of epoch 1 is 127.0.0.1:1, the master itself',
    ],
    [
      'by an intent that another zone wrote',
      led().intend(B, 'sentinel-c'),
      "the intent of epoch 1 is a's, and sentinel-c wrote it",
    ],
    [
      'by a switch to another node than was intended',
      led().intend(B).switchTo(C),
      'the switch of epoch 1 names 127.0.0.1:3, and the intent of epoch 1 is 127.0.0.1:2',
    ],
    [
      'by a switch without an intent',
      led().switchTo(B),
      'the switch of epoch 1 names 127.0.0.1:2, and there is no intent',
    ],
    [
      'by a switch on the intent of an earlier epoch',
      led().intend(B).stand([]).vote('a').vote('b').lead().switchTo(B),
      'the switch of epoch 2 names 127.0.0.1:2, and the intent of epoch 1 is 127.0.0.1:2',
    ],
    [
      'by a switch without a failover',
      new Forgery().write({ currentEpoch: 1 }).switchTo(B),
      'the switch of epoch 1 names 127.0.0.1:2, and there is no intent',
    ],
    [
      'by a switch that another zone wrote',
      led().intend(B).switchTo(B, 'sentinel-b'),
      "the switch of epoch 1 is a's, and sentinel-b wrote it",
    ],
    [
      'by the demotion of the named master',
      new Forgery().write({}, [aboutReplica('+convert-to-slave', 'm', B, A)]),
      'event 1: +convert-to-slave of the master itself',
    ],
    [
      'by the re-pointing of the named master',
      new Forgery().write({}, [aboutReplica('+fix-slave-config', 'm', A, A)]),
      'event 1: +fix-slave-config of the master itself',
    ],
  ])('%s', (_, { broken }, why) => {
    expect(broken).toEqual([why]);
  });
});

describe('a write is found broken', () => {
  const calm = (start: Partial<MasterState> = {}) => new Forgery(start);
  const other = { sentinel: 'b', incarnation: 3 };
  const event = { seq: 2, at: 0, by: 'a', type: '+odown', payload: 'm' };
  test.each<[string, Forgery, string]>([
    [
      'whose master is among its replicas',
      calm().write({ replicas: replica(A) }),
      'rev 2: the master is among its replicas',
    ],
    ['that skips one', calm().write({ rev: 3 }), 'rev 3 came after 1'],
    ['whose epoch went back', calm({ currentEpoch: 2 }).write({ currentEpoch: 1 }), 'epoch 1 after 2'],
    [
      'whose configuration epoch went back',
      calm({ configEpoch: 2, paused: { since: 0, by: 'test' } }).write({ configEpoch: 1 }),
      'configuration epoch 1 after 2',
    ],
    [
      'whose events have a gap',
      calm().write({ events: [event, { ...event, seq: 4 }], lastSeq: 4 }),
      'rev 2: events 2,4',
    ],
    ['whose events went back', calm({ lastSeq: 4 }).write({ lastSeq: 3 }), 'event 3 after 4'],
    [
      'with another master under one configuration epoch',
      calm().write({ master: { address: B }, replicas: replica(A) }),
      'master of configuration epoch 0: 127.0.0.1:1, then 127.0.0.1:2',
    ],
    [
      'with another leader of one epoch',
      elected().lead().lead({ leader: other }),
      'leader of epoch 1: a/3, then b/3',
    ],
    [
      'with another intent of one epoch',
      elected().lead().intend(B).intend(C),
      'intent of epoch 1: 127.0.0.1:2, then 127.0.0.1:3',
    ],
    [
      'with another vote in one epoch',
      elected().vote('b', { candidate: other }),
      'vote in epoch 1 of b: a/3, then b/3',
    ],
  ])('%s', (_, { broken }, why) => {
    expect(broken).toEqual([why]);
  });
});
