/** What an operator may ask for at run time, as the zones take it up. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type MasterState, nodeId } from '../../src/core/model.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { nodeOf } from '../../src/local/rehearsal.ts';
import type { Stack } from '../../src/local/stack.ts';
import { until } from '../../src/local/until.ts';
import { agreed, awaitEvent, converged, LIMIT_MS, pulse, startWatched, unwatchedFor } from './watched.ts';

/** Six pulses of each zone. */
const UNWATCHED_S = 3;

describe('REMOVE and MONITOR at run time', () => {
  it('the zones drop the master and take it up again, and its epochs go on', {
    timeout: 150_000,
  }, async () => {
    const { stack, events, broken } = await startWatched();
    const [first, , third] = stack.nodes;
    if (!first || !third) throw new Error('three nodes were asked for');
    const firstEvent = events.length;
    await nodeOf(stack, nodeId((await stack.state()).master.address)).kill();
    await awaitEvent(events, '+failover-end', firstEvent);
    const before = await converged(stack);
    const master = nodeOf(stack, nodeId(before.master.address));

    expect(await stack.operator.remove(stack.name, 'test')).toMatchObject({ kind: 'done' });
    await until('no zone looking at the master', async () => (await unwatchedFor(master)) >= UNWATCHED_S, {
      timeoutMs: LIMIT_MS,
      everyMs: 50,
    });
    expect((await fetch(`${stack.readUrl}/masters/${stack.name}`)).status).toBe(404);
    expect(await stack.store.names()).toEqual([]);

    const request = {
      ...master.address,
      name: stack.name,
      directives: { quorum: 2, 'down-after-milliseconds': 500 },
    };
    expect(await stack.operator.monitor(request, 'test')).toMatchObject({ kind: 'done', changed: true });
    const after = await until(
      'every zone a voter and the replica known',
      async () => {
        const state = await stack.state();
        return state.voters.length === 3 && Object.keys(state.replicas).length === 1 && state;
      },
      { timeoutMs: LIMIT_MS, everyMs: 50 },
    );
    expect(after.currentEpoch).toBe(before.currentEpoch + 1);
    expect(after.configEpoch).toBe(after.currentEpoch);
    expect(after.rev).toBeGreaterThan(before.rev);
    const told = agreed(events, firstEvent).slice(agreed(events, firstEvent).indexOf('-monitor'));
    expect(told.slice(0, 2)).toEqual(['-monitor', '+monitor']);
    expect(told.slice(2).sort()).toEqual(['+sentinel', '+sentinel', '+sentinel', '+slave']);

    await master.kill();
    const again = events.length;
    await awaitEvent(events, '+failover-end', again);
    expect((await converged(stack)).configEpoch).toBe(after.currentEpoch + 1);
    expect(broken()).toEqual([]);
  });
});

describe('SET at run time', () => {
  it('down-after-milliseconds takes effect for a master that dies next', { timeout: 120_000 }, async () => {
    const { stack, events, broken } = await startWatched({
      directives: { 'down-after-milliseconds': 600_000 },
    });
    const before = await stack.state();
    const master = nodeOf(stack, nodeId(before.master.address));
    const set = await stack.operator.set(stack.name, { 'down-after-milliseconds': 500 }, 'test');
    expect(set).toMatchObject({ kind: 'done', changed: true });
    const told = await awaitEvent(events, '+set');
    expect(told.payload).toBe(`master mymaster 127.0.0.1 ${master.address.port} down-after-milliseconds 500`);
    await master.kill();
    // with the directive as it was this would take ten minutes, which is beyond the limit
    await awaitEvent(events, '+failover-end');
    expect((await converged(stack)).directives.downAfterMs).toBe(500);
    expect(broken()).toEqual([]);
  });
});

describe('RESET while all is well', () => {
  it('keeps the replicas that a look confirms and drops the one that is gone', {
    timeout: 150_000,
  }, async () => {
    const { stack, events, broken } = await startWatched();
    const before = await stack.state();
    const [, kept, gone] = stack.nodes;
    if (!kept || !gone) throw new Error('three nodes were asked for');
    await gone.kill();
    await until('the master to know that it is gone', async () => (await replicasOf(stack.nodes[0])) === 1, {
      timeoutMs: LIMIT_MS,
    });
    const firstEvent = events.length;
    expect((await stack.operator.reset('my*', 'test')).reset).toEqual([stack.name]);
    const after = await until(
      'the replicas confirmed or dropped',
      async () => {
        const state = await stack.state();
        return Object.values(state.replicas).every(({ unconfirmed }) => !unconfirmed) && state;
      },
      { timeoutMs: LIMIT_MS, everyMs: 50 },
    );
    expect(Object.keys(after.replicas)).toEqual([nodeId(kept.address)]);
    expect(after.voters).toEqual(before.voters);
    expect(after.currentEpoch).toBe(before.currentEpoch);
    expect(agreed(events, firstEvent)).toEqual(['+reset-master', '-slave']);
    // and it is learnt again when it is back
    await gone.restart();
    await until(
      'the replica that came back',
      async () => nodeId(gone.address) in (await stack.state()).replicas,
      {
        timeoutMs: LIMIT_MS,
        everyMs: 50,
      },
    );
    await converged(stack);
    expect(broken()).toEqual([]);
  });
});

describe('a paused master that dies', () => {
  it('is left alone and says so; resume is refused until one master stands, and then adopts it', {
    timeout: 150_000,
  }, async () => {
    const { stack, events, broken } = await startWatched();
    const before = await stack.state();
    expect(await stack.operator.pause(stack.name, 'test')).toMatchObject({ kind: 'done', changed: true });
    const old = nodeOf(stack, nodeId(before.master.address));
    const [left, right] = stack.nodes.filter((node) => node !== old);
    if (!left || !right) throw new Error('three nodes were asked for');
    const firstEvent = events.length;
    await old.kill();
    const limited = await until(
      'the reason in the state',
      async () => {
        const state = await stack.state();
        return state.limitation && state;
      },
      { timeoutMs: LIMIT_MS, everyMs: 25 },
    );
    expect(limited.limitation?.reason).toBe('paused by test');
    const { observations } = await stack.store.readView(stack.name);
    expect(observations.map(({ limitation }) => limitation)).toContain('paused by test');
    // every zone looks on, and does nothing
    for (const zone of stack.zones) for (let i = 0; i < 2; i++) await pulse(stack, zone);
    const paused = await stack.state();
    expect([paused.failover, paused.election, paused.currentEpoch]).toEqual([
      undefined,
      undefined,
      before.currentEpoch,
    ]);
    expect(agreed(events, firstEvent)).toEqual(['+odown']);
    expect((await stack.operator.failover(stack.name, { id: randomUUID() }, 'test')).kind).toBe('refused');

    const refused = await resume(stack);
    expect(refused.kind).toBe('refused');
    expect((await stack.state()).paused?.refused).toBe('no node says master');

    // somebody promotes a replica by hand
    await byHand(left, ['NO', 'ONE']);
    const half = await resume(stack);
    expect(half).toMatchObject({ kind: 'refused' });
    expect((await stack.state()).paused?.refused).toMatch(/follows .*, not /);
    await byHand(right, [left.address.host, String(left.address.port)]);
    const resumed = await resume(stack);
    expect(resumed.kind).toBe('begun or resumed');
    const state = await converged(stack);
    expect(nodeId(state.master.address)).toBe(nodeId(left.address));
    expect(state.paused).toBeUndefined();
    expect(state.configEpoch).toBe(before.currentEpoch + 1);
    expect(agreed(events, firstEvent)).toEqual([
      '+odown',
      '-pause',
      '+new-epoch',
      '+config-update',
      '+switch-master',
      '+slave',
      '+slave',
    ]);

    // from here on it is looked after as usual
    const afterResume = events.length;
    await old.restart();
    await awaitEvent(events, '+convert-to-slave', afterResume);
    await converged(stack);
    expect(broken()).toEqual([]);
  });
});

/** @returns what became of it, and the state then */
async function resume(stack: Stack): Promise<{ kind: string; state?: MasterState }> {
  const answer = await stack.operator.resume(stack.name, randomUUID(), 'test');
  if (answer.kind === 'refused') throw new Error(answer.message);
  const { command } = answer;
  if (!command) throw new Error('nothing to wait for');
  const awaited = await stack.operator.awaitOutcome(stack.name, command, { limitMs: LIMIT_MS, pollMs: 20 });
  if (awaited.kind === 'gone') return { kind: 'gone' };
  const { state } = awaited;
  return { kind: state.paused || awaited.kind === 'pending' ? awaited.kind : 'begun or resumed', state };
}

async function byHand(node: RedisServer, upstream: readonly string[]): Promise<void> {
  const client = node.client();
  await client.call('REPLICAOF', ...upstream);
  client.disconnect();
}

async function replicasOf(node: RedisServer | undefined): Promise<number> {
  const client = node?.client();
  const info = (await client?.info('replication')) ?? '';
  client?.disconnect();
  return Number(/connected_slaves:(\d+)/.exec(info)?.[1]);
}
