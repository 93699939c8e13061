/** The custom resource, event by event, on the memory store; at the end on a real table. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeState } from '../../src/adapters/dynamodb/codec.ts';
import { MemorySealedSecrets } from '../../src/adapters/memory/sealed-secrets.ts';
import { MemoryStore } from '../../src/adapters/memory/store.ts';
import { createSecrets } from '../../src/adapters/secrets/secrets.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { Failover, MasterState } from '../../src/core/model.ts';
import { Processes } from '../../src/local/processes.ts';
import { type StateStore, Unavailable } from '../../src/ports.ts';
import type { ConfigureDeps } from '../../src/sentinel/configure.ts';
import { answerCustomResource } from '../../src/sentinel/custom-resource.ts';
import { Operator } from '../../src/sentinel/operate.ts';
import { HandClock } from '../http/endpoint.ts';
import { startDynalite, storeUnderTest } from '../store/tables.ts';

type Master = Readonly<Record<string, unknown>>;
interface Properties {
  readonly Masters: readonly Master[];
  readonly Zones: readonly string[];
}

const ORDERS = { name: 'orders', host: '10.0.0.1', port: '6379', directives: { quorum: '2' } };
const CARTS = { name: 'carts', host: '10.0.1.1', port: '6379', directives: { quorum: '2' } };
const V1 = { Masters: [ORDERS, CARTS], Zones: ['a', 'b', 'c'] };
const IDS = {
  StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/production/5f0a',
  LogicalResourceId: 'Masters',
  RequestId: '1',
};

/** Lets time pass for others: what is to happen while somebody sleeps. */
class EventfulClock extends HandClock {
  readonly meanwhile: (() => Promise<unknown>)[] = [];

  override async sleep(ms: number): Promise<void> {
    await super.sleep(ms);
    await this.meanwhile.shift()?.();
  }
}

let store: MemoryStore;
let clock: EventfulClock;
let log: string[];
let deps: ConfigureDeps;

beforeEach(() => {
  store = new MemoryStore({ newWriteId: randomUUID });
  clock = new EventfulClock();
  log = [];
  const telemetry = { log: (level: string, message: string) => void log.push(`${level} ${message}`) };
  deps = { store, clock, telemetry, patienceMs: 60_000 };
});

function create(properties: unknown, with_: Partial<ConfigureDeps> = {}) {
  return answerCustomResource(
    { ...deps, ...with_ },
    { ...IDS, RequestType: 'Create', ResourceProperties: properties },
  );
}

function update(from: Properties, to: unknown, with_: Partial<ConfigureDeps> = {}) {
  const properties = { ResourceProperties: to, OldResourceProperties: from };
  const event = { ...IDS, RequestType: 'Update', PhysicalResourceId: 'production/Masters', ...properties };
  return answerCustomResource({ ...deps, ...with_ }, event);
}

function destroy(properties: unknown, ids: object = {}) {
  const event = { ...IDS, RequestType: 'Delete', PhysicalResourceId: 'production/Masters', ...ids };
  return answerCustomResource(deps, { ...event, ResourceProperties: properties });
}

function withMaster(properties: Properties, master: Master, changes: object): Properties {
  const masters = properties.Masters.map((one) => (one === master ? { ...one, ...changes } : one));
  return { ...properties, Masters: masters };
}

async function stateOf(name: string): Promise<MasterState> {
  const state = await store.readState(name);
  if (!state) throw new Error(`${name} is not there`);
  return state;
}

/** After a change that is none of the deployment's. */
async function having(name: string, changes: Partial<MasterState>): Promise<void> {
  const seen = await stateOf(name);
  await store.compareAndSet(seen, { ...seen, ...changes });
}

/** Every item, without the order in which they were written. */
function table(): string[] {
  return store
    .everything()
    .map((item) => JSON.stringify(item))
    .sort();
}

function promotion(): Failover {
  return {
    ...{ epoch: 0, leader: { sentinel: 'a', incarnation: 1 }, beat: 1, kind: 'automatic', step: 'promoting' },
    ...{ oldMaster: { host: '10.0.0.1', port: 6379 }, passedOver: {}, timeline: { started: 0 } },
  };
}

const operator = () => new Operator({ store, clock });

describe('Create', () => {
  it('enters what the code declares, and answers the same to the same event again', async () => {
    const answer = await create(V1);
    expect(answer).toEqual({
      PhysicalResourceId: 'production/Masters',
      Data: { Masters: 'carts,orders', Zones: 'a,b,c' },
    });
    expect(await store.names()).toEqual(['carts', 'orders']);
    expect((await stateOf('orders')).events).toMatchObject([{ type: '+monitor', by: 'configure' }]);
    const before = table();
    expect(await create(V1)).toEqual(answer);
    expect(table()).toEqual(before);
  });

  it('takes over a master that was entered at run time, when it is the same', async () => {
    await operator().monitor({ ...ORDERS, directives: { quorum: 1, 'parallel-syncs': 5 } }, 'op');
    await create(V1);
    expect((await stateOf('orders')).directives).toMatchObject({ quorum: 2, parallelSyncs: 5 });
    await destroy(V1);
    expect(await store.names()).toEqual([]);
  });

  it('completes an entry that stopped before the directory', async () => {
    await create(V1);
    await store.setListed('orders', false);
    await create(V1);
    expect(await store.names()).toEqual(['carts', 'orders']);
  });
});

describe('a deployment that is refused', () => {
  const bad = {
    ...V1,
    Masters: [
      { ...ORDERS, directives: { quorum: '2', 'parallel-syncs': '0' } },
      { ...CARTS, port: '70000', directives: { quorum: '2', speed: '1' } },
      { name: 'sound', host: '10.0.2.1', port: '6379', directives: { quorum: '1' } },
    ],
  };
  const REASON =
    /^the code was refused and nothing was changed: orders: parallel-syncs "0": allowed is a whole number from 1 to 1000; carts: port "70000": .*; carts: speed "1": allowed is one of quorum, /;

  it('has named every fault and written nothing', async () => {
    await expect(create(bad)).rejects.toThrow(REASON);
    expect(table()).toEqual([]);
    await create(V1);
    const before = table();
    await expect(update(V1, bad)).rejects.toThrow(REASON);
    expect(table()).toEqual(before);
    // CloudFormation takes it back, with what was refused as the old one
    await update(bad, V1);
    expect(table()).toEqual(before);
  });

  it('because another group has the name writes nothing, and its rollback takes that group from nobody', async () => {
    await operator().monitor({ ...ORDERS, host: '10.0.9.9' }, 'op');
    const before = table();
    await expect(create(V1)).rejects.toThrow(
      /nothing was changed: orders: Duplicated master name: orders is/,
    );
    expect(table()).toEqual(before);
    await destroy(V1);
    await update(V1, { ...V1, Masters: [] });
    expect(table()).toEqual(before);
    expect(log).toContain('warn orders is not declared any more; it was entered by somebody else, and stays');
  });

  it('because an item is of a newer version leaves it and names it', async () => {
    await create({ ...V1, Masters: [ORDERS] });
    store.plant({ ...encodeState(await stateOf('orders')), schema: { major: 9, minor: 0 } });
    await expect(create(V1)).rejects.toThrow(/nothing was changed: orders: .*schema 9\.0/);
    expect(await store.names()).toEqual(['orders']);
  });

  it('says so in the 4 KB that CloudFormation shows, however many faults there are', async () => {
    const masters = Array.from({ length: 500 }, (_, i) => ({ ...ORDERS, name: `m${i}`, port: 'x' }));
    const reason = await create({ ...V1, Masters: masters }).catch((error: Error) => error.message);
    expect(reason).toMatch(/; and 4\d\d more$/);
    expect(String(reason).length).toBeLessThan(3000);
  });

  it.each([undefined, null, 'x', {}, { RequestType: 'Undo' }])(
    'as no event of the kind: %o',
    async (event) => {
      await expect(answerCustomResource(deps, event)).rejects.toThrow(
        /RequestType is Create, Update or Delete/,
      );
    },
  );
});

describe('Update', () => {
  beforeEach(() => create(V1));

  it('sets what the code changed, keeps what was set at run time, and takes both back when rolled back', async () => {
    await operator().set('orders', { 'failover-timeout': 9000, 'parallel-syncs': 4 }, 'op');
    const v2 = withMaster(V1, ORDERS, { directives: { quorum: '3', 'parallel-syncs': '2' } });
    await update(V1, v2);
    expect((await stateOf('orders')).directives).toMatchObject({
      ...{ quorum: 3, parallelSyncs: 2, failoverTimeoutMs: 9000 },
    });
    const before = table();
    await update(V1, v2);
    expect(table()).toEqual(before);
    await update(v2, V1);
    expect((await stateOf('orders')).directives).toMatchObject({
      ...{ quorum: 2, parallelSyncs: 1, failoverTimeoutMs: 9000 },
    });
  });

  it('removes what the code declares no more, enters what is new, and leaves alone what it never declared', async () => {
    await operator().monitor({ ...ORDERS, name: 'by-hand', host: '10.0.7.7' }, 'op');
    const v2 = { ...V1, Masters: [ORDERS, { ...CARTS, name: 'baskets', host: '10.0.8.8' }] };
    await update(V1, v2);
    expect(await store.names()).toEqual(['baskets', 'by-hand', 'orders']);
    const before = table();
    await update(V1, v2);
    expect(table()).toEqual(before);
    await update(v2, V1);
    expect(await store.names()).toEqual(['by-hand', 'carts', 'orders']);
  });

  it('takes no failover back', async () => {
    const replicas = {
      '10.0.0.1:6379': { address: { host: '10.0.0.1', port: 6379 }, reconfiguration: 'none' },
    };
    await having('orders', {
      master: { address: { host: '10.0.0.2', port: 6379 } },
      replicas,
    } as Partial<MasterState>);
    await update(V1, withMaster(V1, ORDERS, { directives: { quorum: '1' } }));
    expect(await stateOf('orders')).toMatchObject({
      master: { address: { host: '10.0.0.2' } },
      directives: { quorum: 1 },
    });
  });

  it('moves a master to the address that the code has now', async () => {
    await update(V1, withMaster(V1, ORDERS, { host: '10.0.0.9' }));
    expect(await stateOf('orders')).toMatchObject({
      master: { address: { host: '10.0.0.9' } },
      configEpoch: 1,
    });
    expect(await store.names()).toEqual(['carts', 'orders']);
  });

  it('takes the vote of a zone that is gone, of every master, and again when a last pulse entered it anew', async () => {
    await operator().monitor({ ...ORDERS, name: 'by-hand', host: '10.0.7.7' }, 'op');
    for (const name of ['orders', 'carts', 'by-hand']) await having(name, { voters: ['a', 'b', 'c'] });
    clock.meanwhile.push(() => having('orders', { voters: ['a', 'b', 'c'] }));
    await update(V1, { ...V1, Zones: ['a', 'b', 'd'] });
    for (const name of ['orders', 'carts', 'by-hand'])
      expect((await stateOf(name)).voters).toEqual(['a', 'b']);
    expect(log).toContain('warn zone c had entered itself again: its function still ran');
    const before = table();
    await update(V1, { ...V1, Zones: ['a', 'b', 'd'] });
    expect(table()).toEqual(before);
  });

  it('of zones alone changes no master', async () => {
    const before = table();
    await update(V1, { ...V1, Zones: ['a', 'b', 'c', 'd'] });
    expect(table()).toEqual(before);
  });
});

describe('Delete', () => {
  beforeEach(() => create(V1));

  it('removes what the code declared, and is nothing the second time', async () => {
    await operator().monitor({ ...ORDERS, name: 'by-hand', host: '10.0.7.7' }, 'op');
    expect(await destroy(V1)).toEqual({ PhysicalResourceId: 'production/Masters', Data: {} });
    expect(await store.names()).toEqual(['by-hand']);
    expect(await stateOf('orders')).toMatchObject({ removed: clock.now().wall });
    const before = table();
    await destroy(V1);
    expect(table()).toEqual(before);
  });

  it('of a resource whose masters another one declares meanwhile leaves them: it was given another name', async () => {
    await answerCustomResource(deps, {
      ...{ ...IDS, LogicalResourceId: 'Renamed', RequestType: 'Create', ResourceProperties: V1 },
    });
    await destroy(V1);
    expect(await store.names()).toEqual(['carts', 'orders']);
    await destroy(V1, { LogicalResourceId: 'Renamed' });
    expect(await store.names()).toEqual([]);
  });

  it('of what never could be read is done', async () => {
    for (const properties of [undefined, {}, { Masters: 'x' }, { Masters: [null, { name: 'a b' }] }]) {
      expect(await destroy(properties)).toMatchObject({ Data: {} });
    }
    expect(await store.names()).toEqual(['carts', 'orders']);
  });
});

describe('a promotion under way', () => {
  beforeEach(() => create(V1));
  const end = async () => {
    const { failover, ...rest } = await stateOf('orders');
    await store.compareAndSet(await stateOf('orders'), rest);
  };

  it('is waited for', async () => {
    await having('orders', { failover: promotion() });
    clock.meanwhile.push(
      async () => {},
      async () => {},
      end,
    );
    await destroy(V1);
    expect(await store.names()).toEqual([]);
  });

  it('that does not end fails the deployment in the end, which says why, with all else done', async () => {
    await having('orders', { failover: promotion() });
    const before = clock.now().mono;
    await expect(destroy(V1)).rejects.toThrow(
      'not all of it could be done: orders: Failover already in progress: it was waited for 60 s: deploy again when it is over',
    );
    expect(clock.now().mono - before).toBeGreaterThanOrEqual(60_000);
    expect(clock.now().mono - before).toBeLessThan(65_000);
    expect(await store.names()).toEqual(['orders']);
    await end();
    await destroy(V1);
    expect(await store.names()).toEqual([]);
  });

  it('does not keep a deployment from setting a directive', async () => {
    await having('orders', { failover: promotion() });
    await update(V1, withMaster(V1, ORDERS, { directives: { quorum: '1' } }));
    expect(await stateOf('orders')).toMatchObject({
      directives: { quorum: 1 },
      failover: { step: 'promoting' },
    });
  });
});

describe('a table', () => {
  /** Fails so many operations, or lets others write first. */
  function failing(times: number, failure: () => Promise<unknown>): StateStore {
    let left = times;
    return new Proxy(store, {
      get(target, method: keyof StateStore) {
        const call = (target[method] as (...args: unknown[]) => Promise<unknown>).bind(target);
        return async (...args: unknown[]) => {
          if (method === 'compareAndSet' && left-- > 0) await failure();
          return call(...args);
        };
      },
    });
  }

  beforeEach(() => create(V1));
  const v2 = withMaster(V1, ORDERS, { directives: { quorum: '1' } });
  const silent = async () => {
    throw new Unavailable('no answer in 1000 ms');
  };

  it('in which others write first is tried again', async () => {
    let n = 0;
    await update(V1, v2, { store: failing(20, () => having('orders', { currentEpoch: ++n })) });
    expect(await stateOf('orders')).toMatchObject({ currentEpoch: 20, directives: { quorum: 1 } });
  });

  it('that is silent for a while is asked again; one that stays so fails the deployment', async () => {
    await expect(update(V1, v2, { store: failing(1000, silent) })).rejects.toThrow(
      'not all of it could be done: orders: no answer in 1000 ms',
    );
    await update(V1, v2, { store: failing(3, silent) });
    expect((await stateOf('orders')).directives.quorum).toBe(1);
  });

  it('that fails otherwise is a fault of the program, and no reason to go on', async () => {
    const broken = failing(1, async () => {
      throw new TypeError('broken');
    });
    await expect(update(V1, v2, { store: broken })).rejects.toThrow(TypeError);
  });
});

describe('a password in the code', () => {
  const withPassword = (password: string) =>
    withMaster(V1, ORDERS, { directives: { quorum: '2', 'auth-pass': password } });
  const secrets = () =>
    createSecrets({
      clock,
      key: { bytes: Buffer.alloc(32, 7), id: 'k' },
      sealed: new MemorySealedSecrets(store),
    });

  it('is kept encrypted once, however often it is deployed, and is told nowhere', async () => {
    const keeper = { secrets: secrets() };
    const answer = await create(withPassword('hunter2'), keeper);
    const reference = (await stateOf('orders')).directives.authPass ?? '';
    expect(reference).toMatch(/^stored:/);
    expect(await keeper.secrets.reveal(reference)).toBe('hunter2');
    const before = table();
    await create(withPassword('hunter2'), keeper);
    expect(table()).toEqual(before);
    await update(withPassword('hunter2'), withPassword('hunter3'), keeper);
    const { authPass = '', authPassBefore } = (await stateOf('orders')).directives;
    expect([await keeper.secrets.reveal(authPass), authPassBefore]).toEqual(['hunter3', reference]);
    expect(`${JSON.stringify(answer)}${log}${table()}`).not.toContain('hunter');
  });

  it('where nobody keeps one is refused, and not repeated', async () => {
    const reason = await create(withPassword('hunter2')).catch((error: Error) => error.message);
    expect(reason).toMatch(
      /^the code was refused .*: orders: auth-pass "\*{6}": allowed is a reference: env:NAME/,
    );
    expect(table()).toEqual([]);
    await create(withPassword('env:REDIS_PASSWORD'));
    expect((await stateOf('orders')).directives.authPass).toBe('env:REDIS_PASSWORD');
  });
});

describe('on a real table', () => {
  const processes = new Processes();
  let real: Awaited<ReturnType<typeof storeUnderTest>> | undefined;
  beforeAll(async () => {
    real = await storeUnderTest(await startDynalite(processes), processes);
  });
  afterAll(() => real?.close());

  it('goes the whole way: created, changed, rolled back, deleted, each twice', async () => {
    if (!real) throw new Error('the table was not started');
    const { store: onTable } = real;
    const with_ = { store: onTable, clock: systemClock };
    const v2 = withMaster({ ...V1, Masters: [ORDERS] }, ORDERS, {
      port: '7000',
      replicas: ['10.0.0.2:6379'],
    });
    const steps = [() => create(V1, with_), () => update(V1, v2, with_), () => update(v2, V1, with_)];
    const seen: string[] = [];
    for (const step of steps) {
      for (const _ of [1, 2]) {
        await step();
        const states = await Promise.all((await onTable.names()).map((name) => onTable.readState(name)));
        seen.push(
          states.map((state) => `${state?.name}:${state?.master.address.port}@${state?.rev}`).join(' '),
        );
      }
    }
    expect(seen).toEqual([
      ...Array(2).fill('carts:6379@1 orders:6379@1'),
      ...Array(2).fill('orders:7000@2'),
      ...Array(2).fill('carts:6379@3 orders:6379@3'),
    ]);
    const event = { ...IDS, RequestType: 'Delete', ResourceProperties: V1 };
    for (const _ of [1, 2]) await answerCustomResource({ ...deps, ...with_ }, event);
    expect(await onTable.names()).toEqual([]);
    expect(await onTable.readState('orders')).toMatchObject({ rev: 4, currentEpoch: 2 });
  });
});
