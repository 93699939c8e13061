/** `LAMBDA_SENTINEL_ROUNDS=20` hangs the master so many times instead of three. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { nodeId } from '../../src/core/model.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { nodeOf } from '../../src/local/rehearsal.ts';
import { until } from '../../src/local/until.ts';
import {
  agreed,
  ask,
  awaitEvent,
  converged,
  expectNobodyPaused,
  LIMIT_MS,
  startWatched,
  tell,
} from './watched.ts';

const ROUNDS = Number(process.env['LAMBDA_SENTINEL_ROUNDS'] ?? 3);
const PULSE_MS = 1000;

describe('two masters for a moment', () => {
  it('a forced failover of a living master demotes it, and the time in which two said master is told', {
    timeout: 120_000,
  }, async () => {
    const { stack, events, broken } = await startWatched();
    const before = await stack.state();
    const firstEvent = events.length;
    await ask(stack, false);
    await awaitEvent(events, '+failover-end', firstEvent);
    const state = await converged(stack);
    await expectNobodyPaused(stack, state);

    expect(nodeId(state.master.address)).not.toBe(nodeId(before.master.address));
    expect(state.replicas[nodeId(before.master.address)]).toBeDefined();
    expect(state.lastFailover).toMatchObject({
      kind: 'forced',
      outcome: 'switched',
      from: before.master.address,
    });
    const { from, until } = state.lastFailover?.twoMasters ?? { from: Number.NaN, until: Number.NaN };
    expect(from).toBeGreaterThanOrEqual(Math.floor(state.lastFailover?.timeline.promoted ?? Number.NaN));
    expect(until).toBeGreaterThanOrEqual(from);
    tell('forced: two nodes said master for', [until - from]);
    const told = agreed(events, firstEvent);
    const inOrder = [
      '+new-epoch',
      '+try-failover',
      '+elected-leader',
      '+promoted-slave',
      '+switch-master',
      '+convert-to-slave',
      '+failover-end',
    ];
    expect(told.filter((type) => inOrder.includes(type))).toEqual(inOrder);
    expect(told).not.toContain('+odown');
    expect(broken()).toEqual([]);
  });

  it('an old master that wakes after a hang is demoted by the first look that reaches it', {
    timeout: 120_000 + ROUNDS * 15_000,
  }, async () => {
    const { stack, events, broken } = await startWatched({ pulseMs: PULSE_MS });
    const demotedMs: number[] = [];
    const writes: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = await converged(stack);
      const old = nodeOf(stack, nodeId(before.master.address));
      onTestFinished(() => (old.running ? old.cont() : undefined));
      const faithful = new FaithfulClient(old);
      await until('a first write', () => faithful.acknowledged > 0, { timeoutMs: LIMIT_MS });
      const firstEvent = events.length;
      await old.stop();
      await awaitEvent(events, '+failover-end', firstEvent);
      // the zones are calm again, and look at the pulse's pace
      await until(
        'every alert over',
        async () => (await stack.store.readSentinels()).every(({ alertUntil }) => alertUntil === undefined),
        { timeoutMs: LIMIT_MS },
      );
      const between = await stack.state();
      expect(between.lastFailover?.twoMasters).toBeUndefined();
      const wokenAt = Date.now();
      const before2 = faithful.acknowledged;
      const demoted = until(
        'the old master a replica',
        async () => (await faithful.role()) === 'slave' && Date.now(),
        { timeoutMs: LIMIT_MS, everyMs: 5 },
      );
      old.cont();
      demotedMs.push((await demoted) - wokenAt);
      await faithful.end();
      writes.push(faithful.acknowledged - before2);
      const state = await converged(stack);
      const { from, until: to } = state.lastFailover?.twoMasters ?? { from: Number.NaN, until: Number.NaN };
      expect(from).toBeLessThanOrEqual(to);
      expect(to).toBeGreaterThanOrEqual(wokenAt);
      expect(agreed(events, firstEvent)).toContain('+convert-to-slave');
      expect(nodeId(state.master.address)).toBe(nodeId(between.master.address));
      await expectNobodyPaused(stack, state);
    }
    tell('hung old master: demoted after it woke', demotedMs);
    tell('hung old master: writes it took in between', writes, 'writes');
    for (const ms of demotedMs) expect(ms).toBeLessThanOrEqual(PULSE_MS + 500);
    expect(broken()).toEqual([]);
  });
});

/** A client that keeps to one node, whoever the master is, and counts what that acknowledges. */
class FaithfulClient {
  acknowledged = 0;
  readonly #ending = new AbortController();
  readonly #writes: ReturnType<RedisServer['client']>;
  readonly #asks: ReturnType<RedisServer['client']>;
  readonly #loop: Promise<void>;

  constructor(node: RedisServer) {
    // what was sent before the hang is not sent again after it: each acknowledgement is one write
    this.#writes = node.client({
      retryStrategy: () => 5,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
    });
    this.#asks = node.client({ retryStrategy: () => 5, maxRetriesPerRequest: null });
    this.#loop = this.#run();
  }

  async role(): Promise<string> {
    const [role] = (await this.#asks.role()) as [string];
    return role;
  }

  async end(): Promise<void> {
    this.#ending.abort();
    this.#writes.disconnect();
    this.#asks.disconnect();
    await this.#loop;
  }

  async #run(): Promise<void> {
    for (let i = 0; !this.#ending.signal.aborted; i++) {
      try {
        await this.#writes.set('faithful', i);
        this.acknowledged += 1;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 2)); // refused by a replica, or closed: not counted
      }
    }
  }
}
