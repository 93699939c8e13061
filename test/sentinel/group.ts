/** A master and its replicas as the zones' tests start, ask and await them. */
import { type Address, nodeId } from '../../src/core/model.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import type { Zone } from '../../src/sentinel/zone.ts';
import { type Fixture, later, PATIENTLY, type ZoneWorld } from './fixture.ts';

/** The address map of a zone behind these paths. */
export function through(paths: readonly (readonly [RedisServer, { address: Address }])[]) {
  const places = new Map(paths.map(([server, { address }]) => [nodeId(server.address), address]));
  return (node: Address) => places.get(nodeId(node)) ?? node;
}

/** What ROLE says: `master`, or `slave of host:port`. */
export async function roleOf(server: RedisServer): Promise<string> {
  const [role, host, port] = (await server.client().role()) as unknown as [string, string, number];
  return role === 'master' ? role : `${role} of ${host}:${port}`;
}

/** How often the node has run a command. */
export async function callsOf(server: RedisServer, command: string): Promise<number> {
  const stats = await server.client().info('commandstats');
  const found = stats.split('\n').find((line) => line.startsWith(`cmdstat_${command}:`));
  return Number(/calls=(\d+)/.exec(found ?? '')?.[1] ?? 0);
}

/** A field of INFO. */
export async function infoOf(server: RedisServer, field: string): Promise<string | undefined> {
  const info = await server.client().info();
  return info
    .split('\r\n')
    .find((line) => line.startsWith(`${field}:`))
    ?.slice(field.length + 1);
}

/** A master with replicas, known to zone `a`, which votes. */
export async function watched(
  fixture: Fixture,
  {
    replicas: count = 1,
    directives = {},
    config = {},
    world = {},
    name = 'mymaster',
  }: {
    replicas?: number;
    directives?: Record<string, unknown>;
    config?: Record<string, string>;
    world?: ZoneWorld;
    name?: string;
  } = {},
) {
  const master = await fixture.redis(undefined, config);
  const replicas = await Promise.all(
    Array.from({ length: count }, () => fixture.redis(master.address, config)),
  );
  await streaming(master, replicas);
  await fixture.monitor(name, master.address, directives);
  const zone = fixture.zone('a', world);
  await knows(fixture, zone, replicas, name);
  const [replica = master] = replicas;
  return { master, replica, replicas, zone, name };
}

/** Pulses the zone until the state has the replicas, and once more to be calm. */
export async function knows(
  fixture: Fixture,
  zone: Zone,
  replicas: readonly { address: Address }[],
  name = 'mymaster',
): Promise<void> {
  const known = async () => {
    await zone.invoke(true, later());
    const state = await fixture.stateOf(name);
    return replicas.every(({ address }) => state.replicas[nodeId(address)]);
  };
  await until('the replicas known', known, PATIENTLY);
  await zone.invoke(true, later());
}

/** The replica's link to its master is up. */
export async function linked(replica: RedisServer): Promise<void> {
  const up = async () => (await infoOf(replica, 'master_link_status')) === 'up';
  await until('the link up', up, PATIENTLY);
}

/** The replicas get every write: one whose link is up, and that the master calls online, may still wait for them. */
export async function streaming(
  master: RedisServer,
  replicas: readonly RedisServer[],
  password?: string,
): Promise<void> {
  const options = password === undefined ? {} : { password };
  await master.client(options).set('streaming', '1');
  const arrived = async () => {
    const found = await Promise.all(replicas.map((replica) => replica.client(options).exists('streaming')));
    return found.every(Boolean);
  };
  await until('the first write at the replicas', arrived, PATIENTLY);
  await master.client(options).del('streaming');
}
