/** INFO of a sentinel: the sections Redis Sentinel has, and in its own how the table is doing. */
import { type Instant, nodeId } from '../../core/model.ts';
import { heartbeatMs, liveSentinels } from '../../core/quorum-check.ts';
import {
  agoMs,
  downSince,
  type Known,
  objectivelyDownSince,
  replicasOf,
  toldAddress,
} from '../masters/known.ts';
import { bulk, type Reply } from '../protocol/reply.ts';
import type { Call, Command, Environment } from './command.ts';
import { REDIS_VERSION } from './connection.ts';

export const INFO_COMMAND: Command = {
  name: 'info',
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['slow', 'dangerous'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  summary: 'How this gateway and its masters are',
  group: 'server',
  run: info,
};

type Lines = readonly (readonly [string, string | number])[];

const SECTIONS: Readonly<Record<string, (env: Environment) => Lines>> = {
  Server: server,
  Clients: clients,
  Stats: stats,
  CPU: cpu,
  Sentinel: sentinel,
};
const ALL = ['all', 'default', 'everything'];

async function info({ env, words }: Call): Promise<Reply> {
  const wanted = new Set(words.slice(1).map((word) => word.toLowerCase()));
  const whole = wanted.size === 0 || ALL.some((word) => wanted.has(word));
  await env.masters.all().catch(() => []); // INFO tells that the table is not reached
  const sections = Object.entries(SECTIONS).filter(([name]) => whole || wanted.has(name.toLowerCase()));
  const texts = sections.map(([name, lines]) => `# ${name}\r\n${lines(env).map(line).join('')}`);
  return bulk(texts.join('\r\n'));
}

function line([name, value]: readonly [string, string | number]): string {
  return `${name}:${value}\r\n`;
}

function server({ clock, clients: { startedAt }, settings, id, listens }: Environment): Lines {
  const now = clock.now();
  const upForSeconds = Math.floor((now.mono - startedAt.mono) / 1000);
  return [
    ['redis_version', REDIS_VERSION],
    ['server_name', 'lambda-sentinel'],
    ['redis_mode', 'sentinel'],
    ['os', `${process.platform} ${process.arch}`],
    ['arch_bits', 64],
    ['process_id', process.pid],
    ['run_id', id],
    ['tcp_port', listens().port],
    ['server_time_usec', Math.round(now.wall * 1000)],
    ['uptime_in_seconds', upForSeconds],
    ['uptime_in_days', Math.floor(upForSeconds / 86_400)],
    ['hz', Math.max(1, Math.round(1000 / settings.alertPollMs))],
    ['configured_hz', Math.max(1, Math.round(1000 / settings.alertPollMs))],
  ];
}

function clients({ clients: { all, count, counted } }: Environment): Lines {
  return [
    ['connected_clients', count],
    ['pubsub_clients', all.filter(({ subscribed }) => subscribed).length],
    ['blocked_clients', 0],
    ['clients_closed_for_reading_too_slowly', counted.closedSlow],
  ];
}

function stats({ clients: { counted }, channels: { counts } }: Environment): Lines {
  return [
    ['total_connections_received', counted.connections],
    ['total_commands_processed', counted.commands],
    ['total_net_input_bytes', counted.bytesIn],
    ['total_net_output_bytes', counted.bytesOut],
    ['rejected_connections', counted.rejected],
    ['pubsub_channels', counts.channels],
    ['pubsub_patterns', counts.patterns],
    ['total_error_replies', counted.errors],
  ];
}

function cpu(): Lines {
  const { user, system } = process.cpuUsage();
  return [
    ['used_cpu_sys', (system / 1e6).toFixed(6)],
    ['used_cpu_user', (user / 1e6).toFixed(6)],
  ];
}

function sentinel(env: Environment): Lines {
  const { masters, clock } = env;
  const all = masters.known;
  const now = clock.now();
  const since = all.flatMap((known) => tiltedAt(known, now));
  return [
    ['sentinel_masters', all.length],
    ['sentinel_tilt', since.length > 0 ? 1 : 0],
    [
      'sentinel_tilt_since_seconds',
      since.length > 0 ? Math.floor(agoMs(Math.min(...since), now) / 1000) : -1,
    ],
    ['sentinel_running_scripts', 0],
    ['sentinel_scripts_queue_length', 0],
    ['sentinel_simulate_failure_flags', simulated(all)],
    ['sentinel_table', masters.reachable ? 'ok' : 'unreachable'],
    ['sentinel_table_age_ms', Math.round(masters.ageMs ?? -1)],
    ['sentinel_read_only', env.operations ? 0 : 1],
    ...all.map((known, i) => [`master${i}`, masterLine(known, env)] as const),
  ];
}

/** When each sentinel that lives told of its TILT. */
function tiltedAt({ observations, sentinels, pulseMs }: Known, now: Instant): readonly number[] {
  const alive = liveSentinels(sentinels, now, heartbeatMs(pulseMs));
  return observations
    .filter(({ tilt, sentinel }) => tilt !== undefined && alive.includes(sentinel))
    .map(({ events, at }) => events.findLast(({ type }) => type === '+tilt')?.at ?? at);
}

function masterLine(known: Known, { clock }: Environment): string {
  const { state } = known;
  const down = downSince(known, state.master.address, clock.now()) !== undefined;
  const status = objectivelyDownSince(known) !== undefined ? 'odown' : down ? 'sdown' : 'ok';
  const address = nodeId(toldAddress(state, state.master));
  return [
    `name=${state.name}`,
    `status=${status}`,
    `address=${address}`,
    `slaves=${replicasOf(known).length}`,
    `sentinels=${Math.max(1, state.voters.length)}`,
  ].join(',');
}

/** As Sentinel's bits: 1 after the election, 2 after the promotion. */
function simulated(all: readonly Known[]): number {
  const any = (field: 'crashAfterElection' | 'crashAfterPromotion') =>
    all.some(({ state }) => state.simulate?.[field]);
  return (any('crashAfterElection') ? 1 : 0) + (any('crashAfterPromotion') ? 2 : 0);
}
