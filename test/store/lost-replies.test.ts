/** What the store tells when the table did, or did not do, what was asked and nobody heard of it. */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoSealedSecrets } from '../../src/adapters/dynamodb/sealed-secrets.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { createTable } from '../../src/adapters/dynamodb/table.ts';
import { secretsKeyFrom } from '../../src/adapters/secrets/key.ts';
import { SecretSources } from '../../src/adapters/secrets/sources.ts';
import type { MasterState } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { type StateStore, Unavailable } from '../../src/ports.ts';
import { type Fault, type FaultProxy, PASS, type ProxiedRequest, startFaultProxy } from './fault-proxy.ts';
import { anObservation, aSentinel, aState, aVote, Told } from './samples.ts';
import { clientOf, startDynalite, TABLE } from './tables.ts';

/** The operation's own bound is 1 s; the rest is for a machine that does other things. */
const BOUND_MS = 1500;

const KEY = secretsKeyFrom({ SECRETS_KEY: 'a'.repeat(64) });

const processes = new Processes();
const clients: DynamoDBClient[] = [];
let proxy: FaultProxy;
/** Past the proxy. */
let direct: StateStore;
let store: StateStore;

beforeAll(async () => {
  const port = await startDynalite(processes);
  proxy = await startFaultProxy(port);
  await createTable(client(port), TABLE);
  direct = storeOn(port);
  store = storeOn(proxy.port);
});

afterAll(async () => {
  for (const each of clients) each.destroy();
  await proxy?.close();
  await processes.end();
});

beforeEach(() => {
  proxy.decide = () => PASS;
});

describe('a compare-and-set whose reply is lost', () => {
  it('is written when it took effect and a retry of the SDK is refused by its own write', async () => {
    const seen = await created();
    proxy.decide = first('PutItem', { kind: 'drop-reply-after', how: 'reset' });
    const outcome = await store.compareAndSet(seen, { ...seen, currentEpoch: 8 });
    expect(outcome).toEqual({ kind: 'written', state: await direct.readState(seen.name) });
    expect(await direct.readState(seen.name)).toMatchObject({ currentEpoch: 8, rev: 2 });
    expect(tail(2)).toEqual(['PutItem pass', 'GetItem pass']);
  });

  it('is written when it took effect and every reply is lost, within the bound', async () => {
    const seen = await created();
    proxy.decide = every('PutItem', { kind: 'drop-reply-after', how: 'hang' });
    const { result, tookMs } = await timed(store.compareAndSet(seen, { ...seen, currentEpoch: 8 }));
    expect(result).toEqual({ kind: 'written', state: await direct.readState(seen.name) });
    expect(await direct.readState(seen.name)).toMatchObject({ currentEpoch: 8, rev: 2 });
    expect(tookMs).toBeLessThan(BOUND_MS);
  });

  it('is refused with what stands when it never arrived', async () => {
    const seen = await created();
    proxy.decide = every('PutItem', { kind: 'drop-before', how: 'hang' });
    const { result, tookMs } = await timed(store.compareAndSet(seen, { ...seen, currentEpoch: 8 }));
    expect(result).toEqual({ kind: 'refused', found: seen });
    expect(tookMs).toBeLessThan(BOUND_MS);
  });

  it('is refused when another write came between it and the look-up', async () => {
    const seen = await created();
    const winner = await direct.compareAndSet(seen, { ...seen, currentEpoch: 9 });
    proxy.decide = every('PutItem', { kind: 'drop-reply-after', how: 'reset' });
    const outcome = await store.compareAndSet(seen, { ...seen, currentEpoch: 8 });
    expect(outcome).toEqual({ kind: 'refused', found: winner.kind === 'written' && winner.state });
  });

  it('is written when the service answers 500 after it took effect', async () => {
    const seen = await created();
    let puts = 0;
    proxy.decide = ({ operation }) => {
      if (operation !== 'PutItem') return PASS;
      puts += 1;
      return puts === 1 ? { kind: 'drop-reply-after', how: 'reset' } : SERVICE_FAILED;
    };
    const outcome = await store.compareAndSet(seen, { ...seen, currentEpoch: 8 });
    expect(outcome).toMatchObject({ kind: 'written', state: { rev: 2, currentEpoch: 8 } });
  });

  it('is written when it took effect and the retry was throttled', async () => {
    const seen = await created();
    let puts = 0;
    proxy.decide = ({ operation }) => {
      if (operation !== 'PutItem') return PASS;
      puts += 1;
      return puts === 1 ? { kind: 'drop-reply-after', how: 'reset' } : THROTTLED;
    };
    const outcome = await store.compareAndSet(seen, { ...seen, currentEpoch: 8 });
    expect(outcome).toMatchObject({ kind: 'written', state: { rev: 2, currentEpoch: 8 } });
  });

  it('is unavailable, not refused, when the table turns it away and still serves reads', async () => {
    const seen = await created();
    proxy.decide = every('PutItem', THROTTLED);
    await expect(store.compareAndSet(seen, seen)).rejects.toThrow(/PutItem .*throttled.*slow down/);
    await expect(store.putSentinel(aSentinel(fresh(), 1), 0)).rejects.toThrow(/PutItem .*throttled/);
    await expect(store.castVote(aVote(seen.name, 7, 'a'))).rejects.toThrow(/PutItem .*throttled/);
  });

  it('is unavailable, not guessed, when it cannot be looked up either', async () => {
    const seen = await created();
    proxy.decide = () => ({ kind: 'drop-reply-after', how: 'hang' });
    const { error, tookMs } = await timedFailure(store.compareAndSet(seen, { ...seen, currentEpoch: 8 }));
    expect(error).toBeInstanceOf(Unavailable);
    expect(tookMs).toBeLessThan(BOUND_MS);
  });
});

describe('other writes whose reply is lost', () => {
  it('creates a state once, and tells it', async () => {
    const name = fresh();
    proxy.decide = first('PutItem', { kind: 'drop-reply-after', how: 'reset' });
    const outcome = await store.createState(aState(name));
    expect(outcome).toEqual({ kind: 'written', state: await direct.readState(name) });
    expect(await direct.names()).toContain(name);
  });

  it('repairs the directory when its creator stopped before the entry', async () => {
    const name = fresh();
    proxy.decide = ({ operation, body }) =>
      operation === 'PutItem' && body.includes('DIRECTORY') ? { kind: 'drop-before', how: 'reset' } : PASS;
    await expect(store.createState(aState(name))).rejects.toThrow(Unavailable);
    expect(await direct.names()).not.toContain(name);
    proxy.decide = () => PASS;
    const again = await store.createState(aState(name));
    expect(again).toEqual({ kind: 'refused', found: await direct.readState(name) });
    expect(await direct.names()).toContain(name);
  });

  it.each([true, false])('lists or unlists a name (%s) by asking again', async (listed) => {
    const { name } = await created();
    await direct.setListed(name, !listed);
    proxy.decide = first(listed ? 'PutItem' : 'DeleteItem', { kind: 'drop-reply-after', how: 'reset' });
    await store.setListed(name, listed);
    expect((await direct.names()).includes(name)).toBe(listed);
  });

  it.each([true, false])(
    'tells that no reply came to listing or unlisting a name (%s), which can be done again',
    async (listed) => {
      const { name } = await created();
      await direct.setListed(name, !listed);
      proxy.decide = () => ({ kind: 'drop-reply-after', how: 'hang' });
      const { error, tookMs } = await timedFailure(store.setListed(name, listed));
      expect(error).toBeInstanceOf(Unavailable);
      expect(tookMs).toBeLessThan(BOUND_MS);
      proxy.decide = () => PASS;
      await store.setListed(name, listed);
      expect((await direct.names()).includes(name)).toBe(listed);
    },
  );

  it('stores a secret once, and tells it', async () => {
    const secrets = secretsOn(proxy.port);
    proxy.decide = every('PutItem', { kind: 'drop-reply-after', how: 'hang' });
    const reference = await secrets.keep('hunter2');
    proxy.decide = () => PASS;
    expect(await secrets.reveal(reference)).toBe('hunter2');
  });

  it('gives no reference to a secret that never arrived', async () => {
    proxy.decide = every('PutItem', { kind: 'drop-before', how: 'reset' });
    const { error } = await timedFailure(secretsOn(proxy.port).keep('hunter2'));
    expect(error).toBeInstanceOf(Unavailable);
    expect(String(error)).not.toContain('hunter2');
  });

  it('finds a vote of its own again as the one that stands', async () => {
    const vote = aVote(fresh(), 7, 'b');
    proxy.decide = every('PutItem', { kind: 'drop-reply-after', how: 'hang' });
    expect(await store.castVote(vote)).toEqual({ kind: 'already', vote });
  });

  it('does not claim a vote that never arrived', async () => {
    const vote = aVote(fresh(), 7, 'b');
    proxy.decide = every('PutItem', { kind: 'drop-before', how: 'reset' });
    await expect(store.castVote(vote)).rejects.toThrow(Unavailable);
    expect((await direct.readView(vote.master)).votes).toEqual([]);
  });

  it('gives the zone to the invocation whose write took effect, and not to one that wrote the same', async () => {
    const id = fresh();
    proxy.decide = first('PutItem', { kind: 'drop-reply-after', how: 'reset' });
    expect(await store.putSentinel(aSentinel(id, 1), 0)).toBe('written');
    expect(await store.putSentinel(aSentinel(id, 1), 0)).toBe('refused');
  });

  it('writes an observation again after a reset, as the same one', async () => {
    const observation = anObservation(fresh(), 'a', 1);
    proxy.decide = first('PutItem', { kind: 'drop-reply-after', how: 'reset' });
    expect(await store.putObservation(observation)).toBe('written');
    expect((await direct.readView(observation.master)).observations).toEqual([observation]);
  });
});

describe('a table that does not serve', () => {
  it('is unavailable within the bound in every operation, when it hangs', async () => {
    const seen = await created();
    proxy.decide = () => ({ kind: 'drop-before', how: 'hang' });
    const failures = everyOperation(store, seen).map(async ([operation, run]) => {
      const { error, tookMs } = await timedFailure(run());
      expect(error, operation).toBeInstanceOf(Unavailable);
      expect(String(error), operation).toMatch(
        /(GetItem|PutItem|DeleteItem|Query) on table sentinel-test .*timed out/,
      );
      expect(tookMs, operation).toBeLessThan(BOUND_MS);
    });
    await Promise.all(failures);
  });

  it('is unavailable when nothing listens, and says so', async () => {
    const nowhere = storeOn(await freePort());
    for (const [operation, run] of everyOperation(nowhere, aState('m'))) {
      const { error, tookMs } = await timedFailure(run());
      expect(error, operation).toBeInstanceOf(Unavailable);
      expect(String(error), operation).toMatch(/on table sentinel-test .*cannot be reached \(ECONNREFUSED/);
      expect(tookMs, operation).toBeLessThan(BOUND_MS);
    }
  });

  it('is asked again within the bound when one request hangs', async () => {
    const seen = await created();
    proxy.decide = first('GetItem', { kind: 'drop-before', how: 'hang' });
    expect(await store.readState(seen.name)).toEqual(seen);
    expect(tail(2)).toEqual(['GetItem drop-before', 'GetItem pass']);
  });

  it('is told apart: missing, denied, throttled, failing', async () => {
    const cases: readonly [Fault, RegExp][] = [
      [answer(400, 'ResourceNotFoundException', 'Requested resource not found'), /the table does not exist/],
      [answer(400, 'AccessDeniedException', 'not authorized'), /access denied.*not authorized/],
      [THROTTLED, /throttled.*slow down/],
      [SERVICE_FAILED, /failed with status 500/],
    ];
    for (const [fault, message] of cases) {
      proxy.decide = () => fault;
      const seen = { ...aState('m'), writeId: 'w' };
      for (const [operation, run] of everyOperation(store, seen)) {
        const { error, tookMs } = await timedFailure(run());
        expect(error, operation).toBeInstanceOf(Unavailable);
        expect(String(error), operation).toMatch(message);
        expect(tookMs, operation).toBeLessThan(BOUND_MS);
      }
    }
  });

  it('really is missing on the real table, too', async () => {
    const missing = new DynamoStore({
      client: client(proxy.port),
      tableName: 'no-such-table',
      telemetry: new Told(),
    });
    await expect(missing.readState('m')).rejects.toThrow(/table no-such-table .*does not exist/);
    await expect(missing.compareAndSet(aState('m'), aState('m'))).rejects.toThrow(/does not exist/);
  });

  it('serves again, by the same store, once the fault is gone', async () => {
    const seen = await created();
    proxy.decide = () => ({ kind: 'drop-before', how: 'reset' });
    await expect(store.readState(seen.name)).rejects.toThrow(Unavailable);
    proxy.decide = () => PASS;
    expect(await store.readState(seen.name)).toEqual(seen);
  });
});

const THROTTLED = answer(400, 'ProvisionedThroughputExceededException', 'slow down');
const SERVICE_FAILED = answer(500, 'InternalServerError', 'it broke');

function everyOperation(on: StateStore, seen: MasterState): [string, () => Promise<unknown>][] {
  return [
    ['names', () => on.names()],
    ['readState', () => on.readState(seen.name)],
    ['readView', () => on.readView(seen.name)],
    ['createState', () => on.createState(aState(fresh()))],
    ['setListed', () => on.setListed(seen.name, true)],
    ['setListed, out', () => on.setListed(seen.name, false)],
    ['compareAndSet', () => on.compareAndSet(seen, seen)],
    ['castVote', () => on.castVote(aVote(seen.name, 7, 'a'))],
    ['putObservation', () => on.putObservation(anObservation(seen.name, 'a', 1))],
    ['readSentinel', () => on.readSentinel('a')],
    ['readSentinels', () => on.readSentinels()],
    ['putSentinel', () => on.putSentinel(aSentinel('a', 1), 0)],
  ];
}

function answer(status: number, type: string, message: string): Fault {
  const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message });
  return { kind: 'answer', status, body };
}

function first(operation: string, fault: Fault): (request: ProxiedRequest) => Fault {
  let left = 1;
  return (request) => (request.operation === operation && left-- > 0 ? fault : PASS);
}

function every(operation: string, fault: Fault): (request: ProxiedRequest) => Fault {
  return (request) => (request.operation === operation ? fault : PASS);
}

function tail(count: number): string[] {
  return proxy.log.slice(-count).map(({ operation, fault }) => `${operation} ${fault}`);
}

async function timed<T>(promise: Promise<T>): Promise<{ result: T; tookMs: number }> {
  const from = performance.now();
  const result = await promise;
  return { result, tookMs: performance.now() - from };
}

async function timedFailure(promise: Promise<unknown>): Promise<{ error: unknown; tookMs: number }> {
  const { result, tookMs } = await timed(
    promise.then(
      (value) => new Error(`it should have failed and gave ${JSON.stringify(value)}`),
      (error: unknown) => error,
    ),
  );
  return { error: result, tookMs };
}

async function created(): Promise<MasterState> {
  const outcome = await direct.createState(aState(fresh()));
  if (outcome.kind !== 'written') throw new Error('the state was there before');
  return outcome.state;
}

function client(port: number): DynamoDBClient {
  const made = clientOf(port);
  clients.push(made);
  return made;
}

function storeOn(port: number): StateStore {
  return new DynamoStore({ client: client(port), tableName: TABLE, telemetry: new Told() });
}

function secretsOn(port: number): SecretSources {
  const sealed = new DynamoSealedSecrets({ client: client(port), tableName: TABLE });
  return new SecretSources({ sealed, key: KEY, environment: {} });
}

function fresh(): string {
  return `m-${randomUUID()}`;
}
