/** A zone in this process, on real Redis nodes and the embedded table: each invocation is the test's own. */
import { randomBytes } from 'node:crypto';
import { DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { onTestFailed } from 'vitest';
import { dynamoClient } from '../../src/adapters/dynamodb/client.ts';
import { stateKey } from '../../src/adapters/dynamodb/keys.ts';
import { DynamoSealedSecrets } from '../../src/adapters/dynamodb/sealed-secrets.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { IoredisNodes, type IoredisNodesOptions } from '../../src/adapters/redis/nodes.ts';
import { secretsKeyFrom } from '../../src/adapters/secrets/key.ts';
import { createSecrets } from '../../src/adapters/secrets/secrets.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { Address, MasterState, Observation } from '../../src/core/model.ts';
import { type LocalEvent, readEvents } from '../../src/local/events.ts';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { type RedisServer, type RedisServerOptions, startRedis } from '../../src/local/redis-server.ts';
import { type LocalTable, startTable } from '../../src/local/table.ts';
import { TcpProxy } from '../../src/local/tcp-proxy.ts';
import { type UntilOptions, until } from '../../src/local/until.ts';
import type { LoopClock, Telemetry } from '../../src/ports.ts';
import { monitorMaster, Operator } from '../../src/sentinel/operate.ts';
import { Zone } from '../../src/sentinel/zone.ts';
import { LeapingClock } from './leaping-clock.ts';

export const PULSE_MS = 200;
/** How long an alert is waited for once what was wanted has happened. */
const ALERT_MS = 2000;
/** Lines of the zones' log that a failed test prints. */
const LOG_SHOWN = 100;

/** How one zone sees the world; its clock is the machine's unless it is given. */
export interface ZoneWorld extends Partial<Omit<IoredisNodesOptions, 'clock'>> {
  readonly clock?: LoopClock;
}

export interface Fixture {
  readonly table: LocalTable;
  readonly store: DynamoStore;
  /** `level message {fields}` of everything the zones logged. */
  readonly log: string[];
  /** Every event the zones have written so far, each once. */
  readonly events: LocalEvent[];
  redis(
    replicaOf?: Address,
    config?: Record<string, string>,
    options?: Partial<RedisServerOptions>,
  ): Promise<RedisServer>;
  /** A path to a node that can be refused. */
  proxy(to: Address): Promise<TcpProxy>;
  monitor(
    name: string,
    master: Address,
    directives?: Record<string, unknown>,
    replicas?: readonly string[],
  ): Promise<MasterState>;
  zone(id: string, world?: ZoneWorld): Zone;
  /** Invokes the zones again and again, as their schedule would, until it is stopped or the test is over. */
  pulsing(...zones: Zone[]): () => Promise<void>;
  /** Pulses the zones until `wanted`, and until the alert they are in is over. */
  pulseUntil<T>(
    what: string,
    zones: Zone | readonly Zone[],
    wanted: () => Promise<T | undefined | false> | T | undefined | false,
  ): Promise<T>;
  readonly operator: Operator;
  stateOf(name?: string): Promise<MasterState>;
  observationOf(sentinel: string, name?: string): Promise<Observation | undefined>;
  /** The item as it lies in the table, with what this version does not know. */
  rawState(name: string): Promise<Record<string, unknown>>;
  putRawState(name: string, item: Record<string, unknown>): Promise<void>;
  /** Every item there is, as the table has it. */
  rawItems(): Promise<unknown[]>;
  end(): Promise<void>;
}

export async function startFixture(): Promise<Fixture> {
  const processes = new Processes();
  const servers: RedisServer[] = [];
  const proxies: TcpProxy[] = [];
  const nodes: IoredisNodes[] = [];
  const clocks: LeapingClock[] = [];
  const stops: (() => Promise<void>)[] = [];
  const log: string[] = [];
  const events: LocalEvent[] = [];
  const telemetry: Telemetry = {
    log: (level, message, fields) =>
      void log.push(`${level} ${message}${fields ? ` ${JSON.stringify(fields)}` : ''}`),
  };
  // a failure that comes one time in a hundred is understood from what the zones said, or not at all
  onTestFailed(() => console.error(log.slice(-LOG_SHOWN).join('\n')));
  const table = await startTable(processes);
  table.onWrite(readEvents((event) => void events.push(event)));
  const credentials = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'local' });
  const storeOf = (caller: string, endpoint: string) => {
    const client = dynamoClient({ endpoint, region: 'local', credentials: credentials(caller) });
    return new DynamoStore({ client, tableName: table.tableName, telemetry });
  };
  const raw = new DynamoDBClient({
    endpoint: table.storeEndpoint,
    region: 'local',
    credentials: credentials('test'),
  });
  const store = storeOf('test', table.storeEndpoint);
  const key = secretsKeyFrom({ SECRETS_KEY: randomBytes(32).toString('hex') });
  const sealed = new DynamoSealedSecrets({ client: raw, tableName: table.tableName });
  const secrets = createSecrets({ clock: systemClock, key, sealed });

  const pulsing = (...zones: Zone[]) => {
    let going = true;
    const loops = zones.map(async (zone, i) => {
      await systemClock.sleep((i * PULSE_MS) / zones.length);
      while (going) {
        await zone.invoke(false, later());
        await systemClock.sleep(PULSE_MS);
      }
    });
    const stop = async () => {
      going = false;
      await Promise.all(loops);
    };
    stops.push(stop);
    return stop;
  };

  return {
    table,
    store,
    log,
    events,
    pulsing,
    operator: new Operator({ store, clock: systemClock, secrets, pulseMs: PULSE_MS }),
    async redis(replicaOf, config = {}, options = {}) {
      const port = await freePort();
      const server = await startRedis(processes, {
        port,
        ...(replicaOf && { replicaOf }),
        config,
        ...options,
      });
      servers.push(server);
      return server;
    },
    async proxy(to) {
      const proxy = await TcpProxy.to(to);
      proxies.push(proxy);
      return proxy;
    },
    monitor: (name, { host, port }, directives = {}, replicas = []) =>
      monitorMaster(
        { store, clock: systemClock, secrets },
        {
          ...{ name, host, port, replicas },
          directives: { quorum: 1, 'down-after-milliseconds': 500, ...directives },
        },
        'test',
      ),
    zone(id, { clock: given, ...world } = {}) {
      const clock = new LeapingClock(given);
      clocks.push(clock);
      const own = new IoredisNodes({ clock, ...world });
      nodes.push(own);
      return new Zone(
        {
          ...{ clock, telemetry, nodes: own, store: storeOf(id, table.endpoint) },
          secrets: createSecrets({ clock, key, sealed }),
          crash: (why) => void log.push(`crash ${why}`),
        },
        { id, pulseMs: PULSE_MS },
      );
    },
    async pulseUntil(what, zones, wanted) {
      const stop = pulsing(...[zones].flat());
      const found = await until(what, wanted, PATIENTLY);
      await Promise.race([stop(), systemClock.sleep(ALERT_MS)]); // an alert may last: end() waits for it
      return found;
    },
    async stateOf(name = 'mymaster') {
      const state = await store.readState(name);
      if (!state) throw new Error(`${name} is not in the table`);
      return state;
    },
    async observationOf(sentinel, name = 'mymaster') {
      const { observations } = await store.readView(name);
      return observations.find((observation) => observation.sentinel === sentinel);
    },
    async rawState(name) {
      const key = { Key: marshall(stateKey(name)), ConsistentRead: true };
      const { Item } = await raw.send(new GetItemCommand({ TableName: table.tableName, ...key }));
      return unmarshall(Item ?? {});
    },
    async putRawState(name, item) {
      const whole = marshall({ ...item, ...stateKey(name) });
      await raw.send(new PutItemCommand({ TableName: table.tableName, Item: whole }));
    },
    async rawItems() {
      const { Items = [] } = await raw.send(
        new ScanCommand({ TableName: table.tableName, ConsistentRead: true }),
      );
      return Items;
    },
    async end() {
      for (const clock of clocks) clock.leap(DEADLINE_MS);
      const stopped = Promise.all(stops.map((stop) => stop()));
      await Promise.race([stopped, systemClock.sleep(5000)]);
      for (const own of nodes) own.close();
      raw.destroy();
      await Promise.all(proxies.map((proxy) => proxy.refuse()));
      await Promise.all(servers.map((server) => server.end()));
      await table.end();
      await processes.end();
    },
  };
}

/** Far longer than anything here takes. */
export const PATIENTLY: UntilOptions = { timeoutMs: 20_000, everyMs: 20 };
const DEADLINE_MS = 60_000;

/** A deadline far beyond anything a test waits for. */
export function later(ms = DEADLINE_MS): number {
  return systemClock.now().mono + ms;
}
