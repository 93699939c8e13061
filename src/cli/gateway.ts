/** `lambda-sentinel gateway`: the Sentinel protocol beside an application, answered from the table. */
import { IoredisNodes } from '../adapters/redis/nodes.ts';
import { SERVER_DEFAULTS, type ServerSettings } from '../conf/server.ts';
import type { Address } from '../core/model.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../resp/gateway.ts';
import { readConfFile } from './conf-file.ts';
import { type Listening, nodeTls, readListening } from './listening.ts';
import { SentinelLog } from './log.ts';
import { DONE, Misuse, type Status } from './output.ts';
import { serveTable } from './serving.ts';
import { untilSignalled } from './signals.ts';
import type { TableChoice } from './table.ts';

export interface GatewayChoices extends TableChoice {
  readonly host?: string;
  readonly port?: number;
  readonly announce?: Address;
  readonly peers?: readonly Address[];
  readonly allowOperate?: boolean;
  readonly askNodes?: boolean;
  readonly poll: number;
  readonly pulse: number;
}

/** Until it is asked to end. @throws Misuse */
export async function gateway(file: string | undefined, choices: GatewayChoices): Promise<Status> {
  const conf = file === undefined ? undefined : (await readConfFile(file)).conf;
  const server = settingsOf(conf?.server ?? SERVER_DEFAULTS, choices);
  const listening = await readListening(server);
  if (listening.doors.length === 0) throw new Misuse('port 0 and no tls-port: there is nowhere to listen');
  const log = new SentinelLog(server.logfile, server.loglevel);
  const table = await serveTable(choices, choices.pulse, log);
  const tls = await nodeTls(server);
  const nodes = choices.askNodes ? new IoredisNodes({ clock: table.clock, tls }) : undefined;
  const announce = choices.announce ?? announced(conf?.sentinel, server);
  const { store, clock, secrets, operator } = table;
  const { signalled, forget } = untilSignalled();
  try {
    const gateways = await openDoors(listening, {
      ...{ store, clock, telemetry: log, secrets },
      ...(nodes && { nodes }),
      ...(announce && { announce }),
      ...(choices.peers && { peers: choices.peers }),
      ...(choices.allowOperate && { allowOperate: true, operations: operator }),
      ...{ pollMs: choices.poll, pulseMs: choices.pulse },
    });
    // of two doors each tells what the other read
    for (const one of gateways) table.listeners.add((heard) => one.hear(heard));
    const ended = gateways.map(({ closed }) => closed.then(() => 'SHUTDOWN'));
    log.log('info', `${await Promise.race([signalled, ...ended])}: ending`);
    await Promise.all(gateways.map((one) => one.close()));
    return DONE;
  } finally {
    forget();
    nodes?.close();
    table.close();
  }
}

/** All of them or none. @throws Misuse for one that may not begin so */
export async function openDoors(
  { doors, admission }: Listening,
  options: Omit<GatewayOptions, keyof Listening['doors'][number] | keyof Listening['admission']>,
): Promise<Gateway[]> {
  const open: Gateway[] = [];
  try {
    for (const door of doors) open.push(await startGateway({ ...options, ...admission, ...door }));
    return open;
  } catch (error) {
    await Promise.all(open.map((one) => one.close()));
    throw new Misuse((error as Error).message);
  }
}

/** Where clients reach it, if the file says so. */
export function announced(
  sentinel: { readonly announceIp?: string; readonly announcePort?: number } | undefined,
  { port, tlsPort }: Pick<ServerSettings, 'port' | 'tlsPort'>,
): Address | undefined {
  if (sentinel?.announceIp === undefined) return undefined;
  return { host: sentinel.announceIp, port: sentinel.announcePort || port || tlsPort };
}

/** A password on a command line can be read by every user of the machine: it is a variable. */
function settingsOf(server: ServerSettings, { host, port }: GatewayChoices): ServerSettings {
  const password = process.env['GATEWAY_PASSWORD'];
  return {
    ...server,
    ...(host !== undefined && { bind: [host] }),
    ...(port !== undefined && { port }),
    ...(password && { requirepass: password }),
  };
}
