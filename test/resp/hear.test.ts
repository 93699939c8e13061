/** What the gateway's process reads and writes by itself is told without a read of the gateway's own. */
import { randomUUID } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { MemoryStore } from '../../src/adapters/memory/store.ts';
import type { Instant, MasterState } from '../../src/core/model.ts';
import { until } from '../../src/local/until.ts';
import type { Clock } from '../../src/ports.ts';
import type { Heard } from '../../src/resp/masters/heard.ts';
import { Masters } from '../../src/resp/masters/masters.ts';
import { Reading } from '../../src/resp/masters/reading.ts';
import { Operator } from '../../src/sentinel/operate.ts';
import { type Fixture, monitored, startFixture } from './gateway-fixture.ts';

const NEVER = { pollMs: 3_600_000, alertPollMs: 3_600_000 };
const ADDRESS = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster'] as const;

function switched(state: MasterState, port: number): MasterState {
  const { host, port: before } = state.master.address;
  const event = { seq: state.lastSeq + 1, at: Date.now(), by: 'a', type: '+switch-master' };
  return {
    ...state,
    configEpoch: state.configEpoch + 1,
    master: { address: { host, port } },
    events: [...state.events, { ...event, payload: `mymaster ${host} ${before} ${host} ${port}` }],
    lastSeq: event.seq,
  };
}

/** As a zone of the same process writes it. */
async function written({ store, stateOf }: Fixture, port: number): Promise<Heard & { before: MasterState }> {
  const before = await stateOf('mymaster');
  const outcome = await store.compareAndSet(before, switched(before, port));
  if (outcome.kind === 'refused') throw new Error('another write came first');
  return { state: outcome.state, at: now(), before };
}

function now(): Instant {
  return { wall: Date.now(), mono: performance.now() };
}

it('a switch that was written is published and answered while the table cannot be read', async () => {
  const fixture = await startFixture({ ...NEVER, before: monitored });
  const [asking, listening] = [await fixture.client(), await fixture.client()];
  await listening.ask('SUBSCRIBE', '+switch-master');
  const heard = await written(fixture, 7001);
  fixture.network.cut = true;
  const reads = fixture.network.reads.length;
  fixture.gateway.hear(heard);
  expect(await listening.next()).toEqual([
    'message',
    '+switch-master',
    'mymaster 127.0.0.1 7000 127.0.0.1 7001',
  ]);
  expect(await asking.ask(...ADDRESS)).toEqual(['127.0.0.1', '7001']);
  expect(fixture.network.reads).toHaveLength(reads);
});

it('a view that was read is told, observations and all, and answered without another read', async () => {
  const fixture = await startFixture({ ...NEVER, before: monitored });
  const [asking, listening] = [await fixture.client(), await fixture.client()];
  await listening.ask('PSUBSCRIBE', '*');
  await written(fixture, 7001);
  const { state, schema } = { ...(await fixture.store.readView('mymaster')), schema: { major: 1, minor: 0 } };
  if (!state) throw new Error('it is there');
  const reads = () => fixture.network.reads.filter((read) => read.startsWith('readView')).length;
  const before = reads();
  const down = 'master mymaster 127.0.0.1 7001';
  const observation = {
    ...{ schema, master: 'mymaster', sentinel: 'a', incarnation: 1, seq: 1, at: Date.now() },
    ...{ address: state.master.address, configEpoch: 1, health: 'silent' as const, subjectivelyDown: true },
    ...{ detail: '', heardBy: [], alert: true, handover: false },
    events: [{ seq: 1, at: Date.now() + 1, by: 'a', type: '+sdown', payload: down }],
  };
  fixture.gateway.hear({ state, observations: [observation], at: now() });
  const told = [await listening.next(), await listening.next()] as string[][];
  expect(told.map(([, , channel]) => channel)).toEqual(['+switch-master', '+sdown']);
  fixture.gateway.hear({
    state,
    observations: [observation],
    at: { wall: 0, mono: performance.now() + 60_000 },
  });
  expect(await asking.ask(...ADDRESS)).toEqual(['127.0.0.1', '7001']);
  expect(reads()).toBe(before);
});

it('what is older than what is known is not taken, though it comes last', async () => {
  const fixture = await startFixture({ ...NEVER, before: monitored });
  const asking = await fixture.client();
  const { before, ...heard } = await written(fixture, 7001);
  const observations = [] as const;
  const sentBefore = { wall: heard.at.wall, mono: heard.at.mono - 5 };
  fixture.gateway.hear(heard);
  fixture.gateway.hear({ state: before, at: now() }); // a state alone, of before the switch
  fixture.gateway.hear({ state: before, observations, at: sentBefore }); // a view that was asked for before it
  fixture.network.cut = true;
  expect(await asking.ask(...ADDRESS)).toEqual(['127.0.0.1', '7001']);
  // what is newer is taken, whenever it was asked for
  const newest = { ...heard.state, rev: heard.state.rev + 1, master: { address: { host: 'h', port: 1 } } };
  fixture.gateway.hear({ state: newest, observations, at: sentBefore });
  expect(await asking.ask(...ADDRESS)).toEqual(['h', '1']);
});

it('of a name that it does not know yet it reads the names', async () => {
  const { gateway, store, client, operator } = await startFixture({ ...NEVER, before: monitored });
  const listening = await client();
  await listening.ask('SUBSCRIBE', '+monitor');
  await operator.monitor({ name: 'other', host: '127.0.0.1', port: 7005, directives: { quorum: 1 } }, 'test');
  const state = await store.readState('other');
  if (!state) throw new Error('it is there');
  gateway.hear({ state, at: now() });
  expect(await listening.next()).toEqual(['message', '+monitor', 'master other 127.0.0.1 7005 quorum 1']);
});

it('a master that others keep reading is polled only when they no longer do', async () => {
  const clock = new SteppedClock();
  const store = new MemoryStore({ newWriteId: randomUUID, telemetry: { log: () => {} } });
  await monitored(store, new Operator({ store, clock }));
  let reads = 0;
  const counted = {
    names: () => store.names(),
    readSentinels: () => store.readSentinels(),
    readView(name: string) {
      reads += 1;
      return store.readView(name);
    },
  };
  const masters = new Masters({
    ...{ store: counted, clock, telemetry: { log: () => {} }, pulseMs: 1000, looks: new Map() },
    settings: {
      ...{ pollMs: 2000, alertPollMs: 100, infoPeriodMs: 10_000, pingPeriodMs: 1000 },
      ...{ resolveHostnames: false, announceHostnames: false, logLevel: 'verbose' },
    },
    lost: () => false,
    onEvent: () => {},
  });
  await masters.start();
  onTestFinished(() => masters.end());
  expect(reads).toBe(1);
  const { state, observations } = await store.readView('mymaster');
  if (!state) throw new Error('it is there');
  for (let round = 0; round < 5; round++) {
    await clock.advance(1000);
    masters.hear({ state, observations, at: clock.now() });
    await clock.advance(500);
  }
  expect(reads).toBe(1);
  await clock.advance(1400); // 1.9 s after it was read elsewhere
  expect(reads).toBe(1);
  await clock.advance(100);
  await until('the poll', () => reads === 2, { timeoutMs: 10_000 });
});

it('what was read before a change through the gateway does not pass for fresh', async () => {
  const clock = new SteppedClock();
  let reads = 0;
  const reading = new Reading(clock, async () => {
    reads += 1;
  });
  await clock.advance(10);
  const sentBefore = clock.now().mono;
  await clock.advance(10);
  reading.outdate();
  reading.readElsewhere(sentBefore);
  await reading.notOlderThan(100, true);
  expect(reads).toBe(1);
  await clock.advance(500);
  reading.readElsewhere(clock.now().mono);
  await reading.notOlderThan(100, true);
  expect(reads).toBe(1);
});

/** Time passes when a test says so. */
class SteppedClock implements Clock {
  #mono = 1000;
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();

  now(): Instant {
    return { wall: 1_700_000_000_000 + this.#mono, mono: this.#mono };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = { until: this.#mono + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      const wake = () => {
        this.#sleepers.delete(sleeper);
        resolve();
      };
      if (signal?.aborted) wake();
      else signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** Whoever wakes has gone on as far as it can without waiting for time. */
  async advance(ms: number): Promise<void> {
    const until = this.#mono + ms;
    for (;;) {
      const [next] = [...this.#sleepers]
        .filter((one) => one.until <= until)
        .sort((a, b) => a.until - b.until);
      if (!next) break;
      this.#mono = Math.max(this.#mono, next.until);
      this.#sleepers.delete(next);
      next.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#mono = until;
  }
}
