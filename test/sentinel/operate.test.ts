import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/adapters/memory/store.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { Failover, MasterState } from '../../src/core/model.ts';
import { Processes } from '../../src/local/processes.ts';
import { type SetOutcome, type StateStore, Unavailable } from '../../src/ports.ts';
import { monitorMaster, Operator, type OperatorDeps, Refused } from '../../src/sentinel/operate.ts';
import { anObservation } from '../core/samples.ts';
import { startDynalite, storeUnderTest } from '../store/tables.ts';

/** Lets others act between a change of the state and its entry in the directory. */
class ListingStore extends MemoryStore {
  beforeListing: (() => Promise<unknown>) | undefined;

  override async setListed(name: string, listed: boolean): Promise<void> {
    const happens = this.beforeListing;
    this.beforeListing = undefined;
    await happens?.();
    await super.setListed(name, listed);
  }
}

/** Counts its writes, and lets others write just before each of them. */
class BusyStore extends ListingStore {
  writes = 0;
  interfere: (() => Promise<unknown>) | undefined;

  override async compareAndSet(seen: MasterState, next: MasterState): Promise<SetOutcome> {
    this.writes += 1;
    await this.interfere?.();
    return super.compareAndSet(seen, next);
  }
}

const GOOD = { name: 'mymaster', host: '10.0.0.1', port: 6379, directives: { quorum: 2 } };
const REPLICAS = ['10.0.0.2:6379', '10.0.0.3:6379'];

let store: BusyStore;
let operator: Operator;

function operatorWith(deps: Partial<OperatorDeps> = {}): Operator {
  return new Operator({ store, clock: systemClock, ...deps });
}

/** The state under a name, after a change that is none of the operator's. */
async function having(changes: Partial<MasterState>, name = 'mymaster'): Promise<MasterState> {
  const seen = await stateOf(name);
  const put = await MemoryStore.prototype.compareAndSet.call(store, seen, { ...seen, ...changes });
  if (put.kind === 'refused') throw new Error('somebody else writes');
  return put.state;
}

async function stateOf(name = 'mymaster'): Promise<MasterState> {
  const state = await store.readState(name);
  if (!state) throw new Error(`${name} is not there`);
  return state;
}

beforeEach(async () => {
  store = new BusyStore({ newWriteId: randomUUID });
  operator = operatorWith();
  await operator.monitor({ ...GOOD, replicas: REPLICAS }, 'op');
});

describe('races', () => {
  it('lets ten concurrent SETs all land, with an event each', async () => {
    const settings = Array.from({ length: 10 }, (_, i) => operator.set('mymaster', setting(i), `op-${i}`));
    expect((await Promise.all(settings)).map(({ kind }) => kind)).toEqual(Array(10).fill('done'));
    expectAllSet(await stateOf());
  });

  it('reads again after a lost race, and keeps what the other wrote', async () => {
    store.interfere = async () => {
      store.interfere = undefined;
      await having({ voters: ['a', 'b'] });
    };
    expect(await operator.set('mymaster', { 'parallel-syncs': 7 }, 'op')).toMatchObject({
      kind: 'done',
      changed: true,
    });
    expect(store.writes).toBe(2);
    expect(await stateOf()).toMatchObject({ voters: ['a', 'b'], directives: { parallelSyncs: 7 } });
  });

  it('judges what it reads again: a failover that began meanwhile is in progress', async () => {
    store.interfere = async () => {
      store.interfere = undefined;
      await having({ failover: FAILOVER });
    };
    expect(await operator.pause('mymaster', 'op')).toMatchObject({ kind: 'refused', why: 'in-progress' });
    expect(await stateOf()).not.toHaveProperty('paused');
  });

  it('gives up after five re-reads, and says so', async () => {
    let n = 0;
    store.interfere = () => having({ lastCommand: { id: String(n++), at: 0, reason: '' } });
    const before = (await stateOf()).directives;
    expect(await operator.set('mymaster', { 'parallel-syncs': 7 }, 'op')).toMatchObject({
      ...{ kind: 'refused', why: 'contended' },
      message: 'mymaster was changed by others at each of 6 tries: try again',
    });
    expect(store.writes).toBe(6);
    expect((await stateOf()).directives).toEqual(before);
  });

  it('makes one master of ten MONITORs of a new name', async () => {
    const request = { ...GOOD, name: 'new' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => operator.monitor(request, 'op')));
    expect(answers.filter((answer) => answer.kind === 'done' && answer.changed)).toHaveLength(1);
    expect(answers.every(({ kind }) => kind === 'done')).toBe(true);
    expect(await stateOf('new')).toMatchObject({ rev: 1, lastSeq: 1 });
  });

  it('leaves a directory that fits the state, however MONITOR and REMOVE meet', async () => {
    for (let round = 0; round < 20; round++) {
      await Promise.all([
        operator.monitor(GOOD, 'op'),
        operator.remove('mymaster', 'op'),
        operator.monitor(GOOD, 'op'),
      ]);
      const listed = (await store.names()).includes('mymaster');
      expect(listed).toBe((await stateOf()).removed === undefined);
    }
  });
});

describe('MONITOR and REMOVE', () => {
  it('go round by the tombstone: rev, epochs and events never start over', async () => {
    await having({ currentEpoch: 5, configEpoch: 5 });
    expect(await operator.remove('mymaster', 'op')).toMatchObject({ kind: 'done', state: { voters: [] } });
    expect(await store.names()).toEqual([]);
    expect(await operator.remove('mymaster', 'op')).toMatchObject({ why: 'no-such-master' });
    const removed = await stateOf();
    await operator.monitor({ ...GOOD, host: '10.0.0.9' }, 'op');
    const state = await stateOf();
    expect(state).toMatchObject({
      rev: removed.rev + 1,
      currentEpoch: 6,
      configEpoch: 6,
      lastSeq: removed.lastSeq + 1,
    });
    expect(state).not.toHaveProperty('removed');
    expect(await store.names()).toEqual(['mymaster']);
  });

  it('list a name that was monitored again before its removal reached the directory, and the other way round', async () => {
    store.beforeListing = () => operator.monitor(GOOD, 'op');
    await operator.remove('mymaster', 'op');
    expect(await store.names()).toEqual(['mymaster']);
    await operator.remove('mymaster', 'op');
    store.beforeListing = () => operator.remove('mymaster', 'op');
    await operator.monitor(GOOD, 'op');
    expect(await store.names()).toEqual([]);
  });

  it('look at a node once, however often the race is lost', async () => {
    await operator.remove('mymaster', 'op');
    let looks = 0;
    const look = async () => ({ role: 'master' as const, looks: ++looks });
    store.interfere = async () => {
      store.interfere = undefined;
      await having({ lastSeq: 50 });
    };
    expect(await operatorWith({ look }).monitor(GOOD, 'op')).toMatchObject({
      kind: 'done',
      state: { lastSeq: 51 },
    });
    expect([store.writes, looks]).toEqual([3, 1]);
  });

  it('complete a removal that stopped before the directory', async () => {
    await having({ removed: 1 });
    expect(await store.names()).toEqual(['mymaster']);
    await operator.remove('mymaster', 'op');
    expect(await store.names()).toEqual([]);
  });

  it('take an intent away only when no node has answered for failover-timeout', async () => {
    const conditions = Object.fromEntries(REPLICAS.map((replica) => [replica, ['down' as const]]));
    await having({ failover: FAILOVER });
    const seen = { ...anObservation('a'), conditions, at: Date.now(), lastValidAt: Date.now() - 170_000 };
    await store.putObservation(seen);
    expect(await operator.remove('mymaster', 'op')).toMatchObject({ why: 'in-progress' });
    await store.putObservation({ ...seen, seq: 2, lastValidAt: Date.now() - 181_000 });
    expect((await operator.remove('mymaster', 'op')).kind).toBe('done');
  });

  it('look at a node once before it is monitored, and not at all when the request is at fault', async () => {
    const looked: string[] = [];
    const looking = operatorWith({
      allows: ({ host }) => host.startsWith('10.'),
      look: async ({ host }) => {
        looked.push(host);
        return host === '10.0.0.9'
          ? { role: 'slave', upstream: { host: '10.0.0.1', port: 6379 } }
          : { role: 'master' };
      },
    });
    const ask = (host: string, quorum = 1) =>
      looking.monitor({ name: `m-${host}`, host, port: 6379, directives: { quorum } }, 'op');
    expect(await ask('10.0.0.9')).toMatchObject({
      message: '10.0.0.9:6379 is a replica of 10.0.0.1:6379: monitor that',
    });
    expect((await ask('10.0.0.8')).kind).toBe('done');
    expect((await ask('10.0.0.8')).kind).toBe('done');
    expect((await ask('192.168.0.1')).kind).toBe('refused');
    expect((await ask('10.0.0.7', 0)).kind).toBe('refused');
    expect(looked).toEqual(['10.0.0.9', '10.0.0.8']);
    expect(await store.names()).toEqual(['m-10.0.0.8', 'mymaster']);
  });

  it('throw for a start-up that cannot go on, with every fault named', async () => {
    const bad = monitorMaster({ store, clock: systemClock }, { ...GOOD, host: '10.0.0.5' }, 'op');
    await expect(bad).rejects.toThrow(
      new Refused({ kind: 'refused', why: 'duplicate', message: 'Duplicated master name', faults: [] }),
    );
    const worse = monitorMaster({ store, clock: systemClock }, { ...GOOD, name: '', port: 0 }, 'op');
    await expect(worse).rejects.toThrow(/^name "": .*\nport 0: /);
  });
});

describe('a password', () => {
  const kept: string[] = [];
  const keeping = () => operatorWith({ secrets: { keep: async (secret) => `stored:${kept.push(secret)}` } });
  beforeEach(() => {
    kept.length = 0;
  });

  it('given as one is kept, and only its reference stands in the state', async () => {
    await keeping().monitor({ ...GOOD, name: 'm', directives: { quorum: 1, 'auth-pass': 'hunter2' } }, 'op');
    await keeping().set('m', { 'auth-pass': 'hunter3' }, 'op');
    const state = await stateOf('m');
    expect(kept).toEqual(['hunter2', 'hunter3']);
    expect(state.directives).toMatchObject({ authPass: 'stored:2', authPassBefore: 'stored:1' });
    expect(JSON.stringify(state)).not.toContain('hunter');
  });

  it.each(['env:REDIS_PASSWORD', 'secret:arn:aws:x', 'stored:4f1c', ''])(
    'given as %o is not kept',
    async (given) => {
      await keeping().set('mymaster', { 'auth-pass': given }, 'op');
      expect(kept).toEqual([]);
      expect((await stateOf()).directives.authPass).toBe(given === '' ? undefined : given);
    },
  );

  it.each([
    ['another directive is at fault', 'mymaster', { quorum: 0 }],
    ['there is no such master', 'nobody', {}],
    ['the name is none', 'no body', {}],
  ])('is not kept when %s', async (_, name, others) => {
    expect((await keeping().set(name, { ...others, 'auth-pass': 'hunter2' }, 'op')).kind).toBe('refused');
    expect(kept).toEqual([]);
  });

  it('whose keeper does not answer leaves everything as it was', async () => {
    const before = await stateOf();
    const failing = operatorWith({
      secrets: { keep: () => Promise.reject(new Unavailable('no key')) },
    });
    await expect(failing.set('mymaster', { 'auth-pass': 'hunter2', quorum: 1 }, 'op')).rejects.toThrow(
      Unavailable,
    );
    expect(await stateOf()).toEqual(before);
  });

  it('where nobody keeps one is refused, and not repeated', async () => {
    const answer = await operator.set('mymaster', { 'auth-pass': 'hunter2' }, 'op');
    expect(answer).toMatchObject({ kind: 'refused', faults: [{ directive: 'auth-pass' }] });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });
});

describe('many masters', () => {
  beforeEach(async () => {
    for (let i = 1; i <= 12; i++) {
      await operator.monitor({ ...GOOD, name: `shard-${i}`, host: `10.0.1.${i}` }, 'op');
      await having({ voters: ['a', 'b', 'gone'] }, `shard-${i}`);
    }
  });

  it('are reset by a glob; those in which a promotion may be under way are named', async () => {
    await having({ failover: FAILOVER }, 'shard-3');
    await store.putSentinel({ sentinel: 'a', incarnation: 1, at: Date.now() }, 0);
    await store.putSentinel({ sentinel: 'gone', incarnation: 1, at: Date.now() - 91_000 }, 0);
    expect(await operator.reset('shard-[2-4]', 'op')).toEqual({
      reset: ['shard-2', 'shard-4'],
      inProgress: ['shard-3'],
      contended: [],
    });
    expect((await stateOf('shard-2')).voters).toEqual(['a']);
    expect((await stateOf('shard-3')).voters).toEqual(['a', 'b', 'gone']);
    expect((await operator.reset('shard-*', 'op')).reset).toHaveLength(11);
    expect(await operator.reset('nothing*', 'op')).toEqual({ reset: [], inProgress: [], contended: [] });
  });

  it('lose a sentinel that is gone, all of them', async () => {
    const answer = await operator.removeSentinel('gone', 'op');
    expect(answer.kind === 'done' && answer.from).toHaveLength(12);
    for (let i = 1; i <= 12; i++) expect((await stateOf(`shard-${i}`)).voters).toEqual(['a', 'b']);
    expect(await operator.removeSentinel('gone', 'op')).toMatchObject({ why: 'no-such-sentinel' });
  });

  it('simulate a failure, or one of them does', async () => {
    expect(await operator.simulateFailure({ crashAfterElection: true }, 'shard-1')).toHaveLength(1);
    expect(await operator.simulateFailure({ crashAfterPromotion: true })).toHaveLength(13);
    expect((await stateOf('shard-1')).simulate).toEqual({ crashAfterPromotion: true });
    expect(await operator.simulateFailure({}, 'nobody')).toMatchObject([{ why: 'no-such-master' }]);
  });
});

describe('a command', () => {
  const waiting = { limitMs: 5000, pollMs: 5 };
  const asked = async () => {
    const answer = await operator.failover('mymaster', { id: randomUUID(), to: '10.0.0.2:6379' }, 'op');
    if (answer.kind !== 'done' || !answer.command) throw new Error('the failover was refused');
    return answer.command;
  };
  const answered = async (outcome: { epoch?: number }) => {
    const { command, ...rest } = await stateOf();
    const lastCommand = { id: command?.id ?? '', at: 1, reason: 'as asked', ...outcome };
    await store.compareAndSet(await stateOf(), { ...rest, lastCommand });
  };

  it.each([
    [{ epoch: 3 }, 'begun'],
    [{}, 'refused'],
  ])('is awaited: %o is %s', async (outcome, kind) => {
    const id = await asked();
    const awaited = operator.awaitOutcome('mymaster', id, waiting);
    setTimeout(() => void answered(outcome), 30);
    expect(await awaited).toMatchObject({ kind, outcome: { id, reason: 'as asked' } });
  });

  it('is pending when the time limit passes, and gone when another took its place', async () => {
    const id = await asked();
    expect(await operator.awaitOutcome('mymaster', id, { limitMs: 20, pollMs: 5 })).toMatchObject({
      kind: 'pending',
    });
    expect(await operator.awaitOutcome('mymaster', 'another', waiting)).toEqual({ kind: 'gone' });
    await operator.remove('mymaster', 'op');
    expect(await operator.awaitOutcome('mymaster', id, waiting)).toEqual({ kind: 'gone' });
  });

  it('to resume is one, whoever asks again', async () => {
    expect(await operator.resume('mymaster', randomUUID(), 'op')).toMatchObject({
      kind: 'done',
      changed: false,
    });
    await operator.pause('mymaster', 'op');
    const [first, second] = [
      await operator.resume('mymaster', randomUUID(), 'op'),
      await operator.resume('mymaster', randomUUID(), 'op'),
    ];
    expect(first).toMatchObject({ kind: 'done', changed: true, command: (await stateOf()).command?.id });
    expect(second).toMatchObject({ kind: 'done', changed: false, command: (await stateOf()).command?.id });
  });
});

it('CKQUORUM asks the heartbeats in the table', async () => {
  await having({ voters: ['a', 'b'] });
  for (const sentinel of ['a', 'b']) {
    await store.putSentinel({ sentinel, incarnation: 1, at: Date.now() }, 0);
  }
  expect(await operator.checkQuorum('mymaster')).toMatchObject({
    ok: true,
    line: expect.stringMatching(/^OK 2 /),
  });
  expect(await operator.checkQuorum('nobody')).toMatchObject({ why: 'no-such-master' });
});

describe('on a table', () => {
  const processes = new Processes();
  let table: { store: StateStore; close(): Promise<void> } | undefined;
  beforeAll(async () => {
    table = await storeUnderTest(await startDynalite(processes), processes);
  });
  afterAll(() => table?.close());

  it('ten concurrent SETs all land, with an event each', async () => {
    if (!table) throw new Error('the table was not started');
    const onTable = operatorWith({ store: table.store });
    await table.store.createState(await stateOf());
    const settings = Array.from({ length: 10 }, (_, i) => onTable.set('mymaster', setting(i), `op-${i}`));
    expect((await Promise.all(settings)).map(({ kind }) => kind)).toEqual(Array(10).fill('done'));
    const landed = await table.store.readState('mymaster');
    expectAllSet(landed as MasterState);
  });
});

/** Ten directives, so that each of ten writers has its own. */
const SETTINGS: readonly (readonly [string, unknown, keyof MasterState['directives']])[] = [
  ['quorum', 3, 'quorum'],
  ['down-after-milliseconds', 1234, 'downAfterMs'],
  ['failover-timeout', 4321, 'failoverTimeoutMs'],
  ['parallel-syncs', 9, 'parallelSyncs'],
  ['auth-user', 'me', 'authUser'],
  ['auth-pass', 'env:A', 'authPass'],
  ['lease-milliseconds', 6000, 'leaseMs'],
  ['alert-interval-milliseconds', 50, 'alertIntervalMs'],
  ['prefer-zone', 'a', 'preferZone'],
  ['min-replicas-visible', 2, 'minReplicasVisible'],
];

function setting(i: number): Record<string, unknown> {
  const [directive, value] = SETTINGS[i] ?? ['quorum', 2];
  return { [directive]: value };
}

function expectAllSet({ directives, events, lastSeq }: MasterState): void {
  for (const [, value, field] of SETTINGS) expect(directives[field]).toBe(value);
  expect(events.filter(({ type }) => type === '+set')).toHaveLength(SETTINGS.length);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => lastSeq - events.length + 1 + i));
}

const FAILOVER: Failover = {
  ...{ epoch: 0, leader: { sentinel: 'a', incarnation: 1 }, beat: 1, kind: 'automatic', step: 'promoting' },
  ...{
    intent: { epoch: 0, node: { host: '10.0.0.2', port: 6379 } },
    oldMaster: { host: '10.0.0.1', port: 6379 },
  },
  ...{ passedOver: {}, timeline: { started: 0 } },
};
