/** Starts three redis-sentinel processes for the rounds, configured as ours are. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { until } from '../../src/local/until.ts';
import type { Directives } from './directives.ts';
import { Door } from './door.ts';
import { callerAt, Group, NODE_COUNT, zoneCallsFrom } from './group.ts';
import { PEER_MASTER as MASTER, Peer } from './peer.ts';
import { servePeer } from './peer-endpoint.ts';
import { PeerEvents } from './peer-events.ts';
import { ZONES } from './plan.ts';
import { RedisSentinel } from './redis-sentinel.ts';
import type { Subject } from './subject.ts';

const SETTLE_MS = 60_000;

export async function startPeer(directives: Directives): Promise<Subject> {
  const started = new AsyncDisposableStack();
  try {
    return await assemble(directives, started);
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

async function assemble(directives: Directives, started: AsyncDisposableStack): Promise<Subject> {
  const processes = new Processes();
  started.defer(() => processes.end());
  const group = new Group();
  started.defer(() => group.end());
  await group.start(processes);
  const dir = await processes.temporaryDir('redis-sentinel-');
  const sentinels: RedisSentinel[] = [];
  const doors: Door[] = [];
  for (let zone = 0; zone < ZONES; zone++) {
    const port = await freePort();
    const door = await Door.to({ host: '127.0.0.1', port }, callerAt);
    doors.push(door);
    started.defer(() => door.end());
    const file = join(dir, `${zone}.conf`);
    await writeFile(file, configFile(port, zone, door, group, directives));
    const sentinel = new RedisSentinel(processes, port, file);
    sentinels.push(sentinel);
    await sentinel.start();
    started.defer(() => sentinel.end());
  }
  const events = await PeerEvents.of(sentinels.map(({ port }) => port));
  started.defer(() => events.end());
  const endpoint = await servePeer(MASTER, sentinels);
  started.defer(() => endpoint.end());
  await until('three sentinels that know each other and two replicas', () => allKnow(sentinels), {
    timeoutMs: SETTLE_MS,
  });
  return new Peer(group, { sentinels, doors, events, readUrl: endpoint.url }, started);
}

/** Each calls from an address of its own, and is known to the others by its door. */
function configFile(port: number, zone: number, door: Door, group: Group, directives: Directives): string {
  const { quorum, ...others } = directives;
  const { host, port: masterPort } = group.nodes[0]?.announced ?? {};
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `bind-source-addr ${zoneCallsFrom(zone)}`,
    `sentinel announce-ip ${door.address.host}`,
    `sentinel announce-port ${door.address.port}`,
    `sentinel monitor ${MASTER} ${host} ${masterPort} ${quorum}`,
    ...Object.entries(others).map(([name, value]) => `sentinel ${name} ${MASTER} ${value}`),
    '',
  ].join('\n');
}

async function allKnow(sentinels: readonly RedisSentinel[]): Promise<boolean> {
  for (const sentinel of sentinels) {
    const others = (await sentinel.ask((client) =>
      client.call('SENTINEL', 'SENTINELS', MASTER),
    )) as unknown[];
    const replicas = (await sentinel.ask((client) =>
      client.call('SENTINEL', 'REPLICAS', MASTER),
    )) as unknown[];
    if (others.length !== ZONES - 1 || replicas.length !== NODE_COUNT - 1) return false;
  }
  return true;
}
