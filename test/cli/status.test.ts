import { describe, expect, test } from 'vitest';
import type { MasterState } from '../../src/core/model.ts';
import { terminal } from './terminal.ts';

type Terminal = Awaited<ReturnType<typeof terminal>>;

const AT = Date.parse('2026-03-01T12:00:00.000Z');

/** A master that failed over, with a replica that two zones find down. */
async function failedOver({ ask, file, store }: Terminal): Promise<void> {
  await ask(
    'import',
    await file('sentinel monitor mymaster 127.0.0.1 6379 2', 'sentinel parallel-syncs mymaster 3'),
  );
  const before = await store.readState('mymaster');
  if (!before) throw new Error('it was not imported');
  const next: MasterState = {
    ...before,
    configEpoch: 4,
    currentEpoch: 5,
    master: { address: { host: '127.0.0.1', port: 6380 } },
    replicas: {
      '127.0.0.1:6379': { address: { host: '127.0.0.1', port: 6379 }, reconfiguration: 'none' },
      '127.0.0.1:6381': { address: { host: '127.0.0.1', port: 6381 }, reconfiguration: 'none' },
    },
    voters: ['a', 'b', 'c'],
    coolDown: { until: AT + 60_000, reason: 'no good replica' },
    lastFailover: {
      epoch: 4,
      leader: 'a',
      from: { host: '127.0.0.1', port: 6379 },
      to: { host: '127.0.0.1', port: 6380 },
      kind: 'automatic',
      outcome: 'switched',
      passedOver: { '127.0.0.1:6381': 'priority 0' },
      timeline: { started: AT + 30, sdown: AT, odown: AT + 20, switched: AT + 200, ended: AT + 900 },
    },
    events: [
      {
        seq: 7,
        at: AT + 200,
        by: 'a',
        type: '+switch-master',
        payload: 'mymaster 127.0.0.1 6379 127.0.0.1 6380',
      },
    ],
    lastSeq: 7,
  };
  const written = await store.compareAndSet(before, next);
  if (written.kind !== 'written') throw new Error('it was not written');
  const now = Date.now();
  for (const sentinel of ['a', 'b']) {
    await store.putSentinel({ sentinel, incarnation: 1, at: now }, 0);
    await store.putObservation({
      ...{ schema: next.schema, master: 'mymaster', sentinel, incarnation: 1, seq: 1, at: now },
      ...{ address: next.master.address, configEpoch: 4, health: 'up', subjectivelyDown: false },
      ...{ detail: '127.0.0.1:6380 answers', heardBy: [], alert: false, handover: false },
      conditions: { '127.0.0.1:6379': ['down'] },
      events: [{ seq: 1, at: AT, by: sentinel, type: '+sdown', payload: 'master mymaster 127.0.0.1 6379' }],
    });
  }
}

describe('status', () => {
  test('of nothing says how to begin', async () => {
    const { ask } = await terminal();
    const told = await ask('status');
    expect(told).toMatchObject({ status: 0, err: '' });
    expect(told.out).toContain('no master is monitored in table lambda-sentinel: lambda-sentinel import');
  });

  test('lists the masters', async () => {
    const at = await terminal();
    await failedOver(at);
    await at.ask('import', await at.file('sentinel monitor cache 127.0.0.1 7000 1'));
    const { out } = await at.ask('status');
    expect(out.split('\n')).toEqual([
      'NAME      MASTER          STATUS  EPOCH  QUORUM  REPLICAS    SENTINELS',
      'cache     127.0.0.1:7000  ok      0      1       0           0 of 0',
      'mymaster  127.0.0.1:6380  ok      4      2       2 (1 down)  2 of 3',
    ]);
  });

  test('of one shows all that an operator asks for', async () => {
    const at = await terminal();
    await failedOver(at);
    const { out, status } = await at.ask('status', 'mymaster');
    expect(status).toBe(0);
    for (const line of [
      'mymaster  127.0.0.1:6380  ok',
      '  configuration epoch 4, current epoch 5, revision 2',
      '  quorum 2 of 3: OK 2 usable Sentinels. Quorum and failover authorization can be reached',
      '  directives: parallel-syncs 3',
      '  no automatic failover before 2026-03-01T12:01:00.000Z: no good replica',
      '  127.0.0.1:6379  S_DOWN (a, b)',
      '  127.0.0.1:6381  ok',
      '  127.0.0.1:6381 was passed over: priority 0',
      '  epoch 4, automatic, led by a, from 127.0.0.1:6379 to 127.0.0.1:6380: switched',
      '  sdown 2026-03-01T12:00:00.000Z, odown +20 ms, started +30 ms, switched +200 ms, ended +900 ms',
    ]) {
      expect(out.split('\n')).toContain(line);
    }
    expect(out).toMatch(/\n {2}a {2}usable {4}votes {2}seen \d+ s ago {2}127\.0\.0\.1:6380 answers\n/);
    expect(out).toMatch(/\n {2}c {2}unusable {2}votes {2}never seen\n/);
    const events = out.slice(out.indexOf('\nevents\n')).split('\n').slice(2);
    expect(events.at(-1)).toBe(
      '  2026-03-01T12:00:00.200Z  a       +switch-master mymaster 127.0.0.1 6379 127.0.0.1 6380'.replace(
        'a       ',
        'a  ',
      ),
    );
    expect(events.at(-2)).toContain('+sdown master mymaster 127.0.0.1 6379');
  });

  test('--events bounds them, --json is for programs', async () => {
    const at = await terminal();
    await failedOver(at);
    const told = JSON.parse((await at.ask('status', 'mymaster', '--json', '--events', '2')).out);
    expect(told).toMatchObject({
      name: 'mymaster',
      address: '127.0.0.1:6380',
      directives: { 'parallel-syncs': '3', quorum: '2' },
      ckquorum: { ok: true, usable: 2, voters: 3 },
      sentinels: [{ id: 'a', usable: true }, { id: 'b' }, { id: 'c', usable: false }],
      replicas: [
        { address: '127.0.0.1:6379', conditions: { down: ['a', 'b'] } },
        { address: '127.0.0.1:6381' },
      ],
      lastFailover: { epoch: 4, outcome: 'switched' },
    });
    expect(told.events).toHaveLength(2);
    expect(told.events[1]).toMatchObject({ type: '+switch-master' });
    const all = JSON.parse((await at.ask('status', '--json')).out);
    expect(all.masters).toMatchObject([{ name: 'mymaster' }]);
  });

  test('of a name that is not monitored says which are', async () => {
    const at = await terminal();
    await failedOver(at);
    expect(await at.ask('status', 'nobody')).toEqual({
      status: 1,
      out: '',
      err: 'no master named "nobody" is monitored in table lambda-sentinel; monitored are: mymaster',
    });
  });
});
