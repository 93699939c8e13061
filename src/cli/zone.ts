/** `lambda-sentinel zone sentinel.conf`: one zone and its port as a process, in the place of a redis-sentinel. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { IoredisNodes } from '../adapters/redis/nodes.ts';
import { globalSettings, masterSettings, removedSettings } from '../conf/settings.ts';
import { aboutMaster } from '../core/events.ts';
import type { Address, MasterState } from '../core/model.ts';
import type { Gateway } from '../resp/gateway.ts';
import { Zone } from '../sentinel/zone.ts';
import { type ConfFile, readConfFile } from './conf-file.ts';
import { ConfKeeper } from './conf-keeper.ts';
import { daemonize, isDaemon, reportBack, writePidfile } from './daemon.ts';
import { loudnessOf } from './event-loudness.ts';
import { announced, openDoors } from './gateway.ts';
import { nodeTls, readListening } from './listening.ts';
import { SentinelLog } from './log.ts';
import { DONE, Misuse, type Output, type Status } from './output.ts';
import { ownAddress } from './own-address.ts';
import { assertRunnable, Scripts } from './scripts.ts';
import { serveTable } from './serving.ts';
import { untilSignalled } from './signals.ts';
import { type TableChoice, tableNameOf } from './table.ts';
import { TableWatch } from './table-watch.ts';
import { ZoneLoop } from './zone-loop.ts';
import { registerMasters } from './zone-masters.ts';

export interface ZoneChoices extends TableChoice {
  readonly pulse: number;
  readonly poll: number;
}

/** As redis-sentinel ends when it simulates a crash. */
const CRASH_STATUS = 99;

export async function zone(path: string, choices: ZoneChoices, output: Output): Promise<Status> {
  const file = await readConfFile(resolve(path));
  tableNameOf(choices);
  const { server, masters } = file.conf;
  if (server.daemonize && !isDaemon()) return daemonize(output);
  try {
    if (server.dir !== undefined) process.chdir(server.dir);
    await assertRunnable(masters);
    return await run(file, choices);
  } catch (error) {
    reportBack({ kind: 'failed', why: (error as Error).message });
    if ((error as NodeJS.ErrnoException).code !== undefined) throw new Misuse((error as Error).message);
    throw error;
  }
}

async function run({ path, conf }: ConfFile, choices: ZoneChoices): Promise<Status> {
  const { server, sentinel, masters } = conf;
  const { pulse: pulseMs, poll } = choices;
  const keeper = new ConfKeeper(path);
  const id = sentinel.myid ?? randomBytes(20).toString('hex');
  if (sentinel.myid === undefined) await keeper.rewrite(() => globalSettings(id, []).slice(0, 1));
  const log = new SentinelLog(server.logfile, server.loglevel);
  const listening = await readListening(server);
  const tls = await nodeTls(server);
  const started = new AsyncDisposableStack();
  const over = new AbortController();
  const { signalled, forget } = untilSignalled();
  let stood = false;
  started.defer(() => {
    if (stood) log.end('ended');
  });
  try {
    const table = await serveTable(choices, pulseMs, log);
    started.defer(() => table.close());
    const { store, clock, secrets, keeping, operator } = table;
    const registering = { store, clock, ...(keeping && { secrets: keeping }), operator };
    await registerMasters(masters, { ...registering, telemetry: log, by: id });
    const [looking, telling] = [new IoredisNodes({ clock, tls }), new IoredisNodes({ clock, tls })];
    started.defer(() => looking.close());
    started.defer(() => telling.close());
    const telemetry = withoutEvents(log);
    const crash = (why: string) => {
      log.log('error', `ending this process: ${why}`);
      process.exit(CRASH_STATUS);
    };
    let address: Address | undefined;
    const ports = { clock, telemetry, nodes: looking, store, secrets, crash };
    const one = new Zone(ports, { id, pulseMs, address: () => address });
    const loop = new ZoneLoop({ zone: one, clock, telemetry, pulseMs });
    const scripts = new Scripts(masters, id, log);
    started.defer(() => scripts.end());
    let node: Address | undefined;
    const watch = new TableWatch({
      ...{ store, telemetry, id, everyMs: poll },
      onWake: () => loop.wake(),
      onEvent(master, event) {
        log.write(loudnessOf(event.type), `${event.type} ${event.payload}`);
        setImmediate(() => scripts.onEvent(master, event)); // clients first: to start a program takes its time
      },
      onChange(states, gone) {
        node ??= [...states.values()][0]?.master.address;
        if (!stood) for (const state of states.values()) log.write('warning', monitors(state));
        void keep(keeper, log, id, states, gone);
      },
    });
    table.listeners.add((heard) => watch.hear(heard));
    await watch.look();
    const announce = announced(sentinel, server);
    const gateways: Gateway[] = await openDoors(listening, {
      ...{
        store,
        clock,
        telemetry,
        secrets,
        nodes: telling,
        operations: operator,
        allowOperate: true,
        pulseMs,
        id,
      },
      ...(announce && { announce }),
    });
    const listens = gateways[0]?.address;
    const found = announce ?? (listens && (await ownAddress(listens, node)));
    address = found && { ...found, port: sentinel.announcePort || found.port };
    for (const gateway of gateways) {
      started.defer(() => gateway.close());
      table.listeners.add((heard) => gateway.hear(heard));
    }
    // not before its port is its own: another process' pidfile is not to be overwritten
    if (server.pidfile) started.defer(await writePidfile(server.pidfile));
    log.log('info', `sentinel ${id} on table ${table.tableName}, process ${process.pid}`);
    if (server.bind === undefined && listening.doors.every(({ host }) => host === '127.0.0.1')) {
      log.log(
        'warn',
        'nobody is asked for a password: only this machine is served; set requirepass, or bind',
      );
    }
    stood = true;
    reportBack({ kind: 'stands' });
    void loop.run(over.signal);
    void watch.run(over.signal);
    const ended = gateways.map(({ closed }) => closed.then(() => 'SHUTDOWN'));
    log.log('info', `${await Promise.race([signalled, ...ended])}: ending`);
    return DONE;
  } finally {
    over.abort();
    forget();
    await started.disposeAsync();
  }
}

/** What redis-sentinel begins its log with. */
function monitors({ name, master, directives }: MasterState): string {
  const { type, payload } = aboutMaster('+monitor', name, master.address, `quorum ${directives.quorum}`);
  return `${type} ${payload}`;
}

/** The file follows the table, as redis-sentinel's follows what it learns. */
async function keep(
  keeper: ConfKeeper,
  log: SentinelLog,
  id: string,
  states: ReadonlyMap<string, MasterState>,
  gone: readonly string[],
): Promise<void> {
  try {
    await keeper.rewrite((conf) => [
      ...[...states.values()].flatMap((state) => masterSettings(state, conf)),
      ...gone.flatMap(removedSettings),
      ...globalSettings(id, [...states.values()]),
    ]);
  } catch (error) {
    log.log('warn', (error as Error).message);
  }
}

/** Events are told by who watches the table: each once, whoever wrote it. */
function withoutEvents(log: SentinelLog): Pick<SentinelLog, 'log'> {
  return {
    log(level, message, fields) {
      if (!/^[+-][a-z-]+ /.test(message)) log.log(level, message, fields);
    },
  };
}
