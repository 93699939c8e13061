import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStore } from '../../src/adapters/memory/store.ts';
import { answerCustomResource } from '../../src/sentinel/custom-resource.ts';
import { Operator } from '../../src/sentinel/operate.ts';
import { HandClock } from '../http/endpoint.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { mutated } from './mutations.ts';
import { type Json, odd } from './odd-values.ts';
import { expectAddress, expectEvents, expectFits, expectPrintable } from './soundness.ts';

/** As CloudFormation hands it over: text and nothing else. */
const V1 = {
  ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:provider',
  Masters: [
    { name: 'orders', host: '10.0.0.1', port: '6379', directives: { quorum: '2', tls: 'false' } },
    {
      name: 'carts',
      host: 'fd00::1',
      port: '7000',
      replicas: ['[fd00::2]:7000'],
      directives: { quorum: '1' },
    },
  ],
  Zones: ['a', 'b', 'c'],
};
const V2: Json = {
  ...V1,
  Masters: [
    {
      ...{ name: 'orders', host: '10.0.0.1', port: '6379', replicas: ['10.0.0.2:6379', '10.0.0.3:6379'] },
      directives: {
        ...{
          quorum: '3',
          'down-after-milliseconds': '5000',
          'auth-pass': 'env:REDIS',
          'auth-user': 'sentinel',
        },
        ...{ 'rename-command': { CONFIG: 'hidden' }, 'node-zones': '10.0.0.2:6379 a', tls: 'true' },
      },
    },
    { name: 'carts', host: '10.0.9.9', port: '7000', directives: { quorum: '1' } },
    { name: 'new', host: '10.0.3.1', port: '6379', directives: { quorum: '2', 'prefer-zone': 'b' } },
  ],
  Zones: ['a', 'b', 'd'],
};

const IDS = { StackId: 'arn:aws:cloudformation:r:1:stack/s/1', LogicalResourceId: 'Masters' };
const SECRET = 'hunter2-hunter2';
const REFUSED =
  /^(the code was refused and nothing was changed|not all of it could be done|RequestType is Create, Update or Delete)/;

interface World {
  readonly store: MemoryStore;
  deploy(event: unknown): Promise<'done' | 'refused'>;
  table(): string[];
}

/** With the first version deployed, and a master that a person entered. */
async function deployed(): Promise<World> {
  let writes = 0;
  const store = new MemoryStore({ newWriteId: () => `w${++writes}`, telemetry: { log() {} } });
  const clock = new HandClock();
  const lines: string[] = [];
  const telemetry = { log: (_: string, message: string) => void lines.push(message) };
  const deploy = async (event: unknown) => {
    try {
      const { PhysicalResourceId, Data } = await answerCustomResource({ store, clock, telemetry }, event);
      expectPrintable(PhysicalResourceId);
      expect(Object.values(Data).every((value) => typeof value === 'string')).toBe(true);
      return 'done';
    } catch (error) {
      expect((error as Error).message).toMatch(REFUSED);
      expectPrintable((error as Error).message);
      expect((error as Error).message).not.toContain(SECRET);
      return 'refused';
    } finally {
      expectPrintable(...lines);
    }
  };
  await new Operator({ store, clock }).monitor(
    { name: 'by-hand', host: '10.0.7.7', port: 6379, directives: { quorum: 1 } },
    'op',
  );
  await deploy({ ...IDS, RequestType: 'Create', ResourceProperties: V1 });
  const seen = await store.readState('by-hand');
  if (seen) await store.compareAndSet(seen, { ...seen, voters: ['a', 'b'] });
  return {
    store,
    deploy,
    table: () =>
      store
        .everything()
        .map((item) => JSON.stringify(item))
        .sort(),
  };
}

/** A password where one may stand, of which nobody here may keep any. */
function withSecret(properties: Json): Json {
  const { Masters: masters, ...rest } = Object(properties) as { Masters?: Json };
  if (!Array.isArray(masters)) return properties;
  const secret = { 'auth-pass': SECRET, 'auth-password': SECRET };
  const all = masters.map((master: Json) => ({
    ...(Object(master) as object),
    ...{
      directives: { ...Object((Object(master) as { directives?: Json }).directives), ...secret },
      ...secret,
    },
  }));
  return { ...rest, Masters: all };
}

test(
  'a deployment is refused whole or done whole, the same again changes nothing, and it can be taken back',
  async () => {
    const properties = fc.oneof({ weight: 9, arbitrary: mutated(V2, 0, 2) }, { weight: 1, arbitrary: odd });
    const given = fc.record({
      properties,
      old: fc.oneof(fc.constant<Json>(V1), mutated(V1, 1, 2), odd),
      type: fc.oneof({ weight: 8, arbitrary: fc.constantFrom('Create', 'Update', 'Update', 'Delete') }, odd),
      secret: fc.boolean(),
    });
    await holds('events of a deployment', given, async ({ properties, old, type, secret }) => {
      const { store, deploy, table } = await deployed();
      const before = table();
      const is = secret ? withSecret(properties) : properties;
      const event = { ...IDS, RequestType: type, ResourceProperties: is, OldResourceProperties: old };
      const outcome = await deploy(event);
      const after = table();
      if (outcome === 'refused') expect(after).toEqual(before);
      for (const name of await store.names()) {
        const state = await store.readState(name);
        if (!state) throw new Error(`${name} is listed and not there`);
        expectEvents(state.events);
        expectFits(state);
        expectAddress(state.master.address);
      }
      expect(after.join()).not.toContain(SECRET);
      expect((await store.readState('by-hand'))?.removed).toBeUndefined();
      expect(await deploy(event)).toBe(outcome);
      expect(table()).toEqual(after);
      if (type !== 'Update') return;
      expect(await deploy({ ...event, ResourceProperties: V1, OldResourceProperties: is })).toBe('done');
      expect(await store.names()).toEqual(expect.arrayContaining(['by-hand', 'carts', 'orders']));
    });
  },
  FUZZ_TIMEOUT_MS,
);
