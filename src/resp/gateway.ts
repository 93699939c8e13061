/** The gateway: a server of the Sentinel protocol, for any client of Redis Sentinel. It answers from the table. */
import { type Address, nodeId } from '../core/model.ts';
import { heartbeatMs, liveRecords } from '../core/quorum-check.ts';
import type { Clock, RedisNodes, Secrets, StateStore, Telemetry } from '../ports.ts';
import { Users } from './acl/users.ts';
import { Clients } from './clients/clients.ts';
import { knowsRule } from './commands/acl.ts';
import type { Environment } from './commands/command.ts';
import { COMMANDS } from './commands/table.ts';
import { Channels } from './feed/channels.ts';
import type { Heard } from './masters/heard.ts';
import { Masters } from './masters/masters.ts';
import { OwnLooks } from './masters/own-looks.ts';
import { Peers } from './masters/peers.ts';
import type { Operations } from './operations.ts';
import { gatewayId } from './sentinel/sentinel-map.ts';
import { Server } from './server.ts';
import { atLogLevel, type Settings } from './settings.ts';

export interface GatewayOptions {
  /** Where the masters are read. It is never written through this. */
  readonly store: Pick<StateStore, 'names' | 'readView' | 'readSentinels'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Carries out what changes something (an `Operator`), when `allowOperate` is set. */
  readonly operations?: Operations;
  /**
   * Whether MONITOR, SET, FAILOVER, RESET, REMOVE, CONFIG SET, SIMULATE-FAILURE, SHUTDOWN and the like are taken;
   * else each is refused. Needs `operations`.
   * @default false
   */
  readonly allowOperate?: boolean;
  /** 0 takes any free port. @default 26379 */
  readonly port?: number;
  /** Any address but a loopback one needs `requirePass` or `users`. @default 127.0.0.1 */
  readonly host?: string;
  /** @default plain TCP */
  readonly tls?: GatewayTls;
  /** The password of the user `default`, as `requirepass`. @default none */
  readonly requirePass?: string;
  /**
   * ACL users, each with its rules in the words of `ACL SETUSER` and of a `user` line. With users
   * and without `requirePass` the user `default` is off, unless it is among them.
   */
  readonly users?: readonly GatewayUser[];
  /** What SENTINEL MYID tells. @default made from where clients reach this gateway */
  readonly id?: string;
  /** Where clients reach this gateway. @default where it listens */
  readonly announce?: Address;
  /**
   * Other gateways, where clients reach them: what SENTINELS tells, of those that take connections; and of zones that are
   * processes, which the table tells.
   * @default none
   */
  readonly peers?: readonly Address[];
  /**
   * The gateway's own connections to the nodes: INFO of each every 10 s, from which offsets, priorities and links are
   * told, and a PING of the master with each poll, so that its loss is noticed at once.
   * @default none: of the nodes only what the table holds is told
   */
  readonly nodes?: RedisNodes;
  /** Turns the references of `auth-pass` into passwords, for `nodes`. @default nodes are asked without one */
  readonly secrets?: Pick<Secrets, 'reveal'>;
  /** How often the table is read. @default 2000 */
  readonly pollMs?: number;
  /** How often a master is read while its failover is open or its own connection to it failed. @default 100 */
  readonly alertPollMs?: number;
  /** How often the zones look: what their heartbeats are judged by. @default 1000 */
  readonly pulseMs?: number;
  /** Connections beyond this are told so and closed. @default 4096 */
  readonly maxClients?: number;
  /** A client that leaves more than this unread is closed. @default 1048576 */
  readonly outputBytesMax?: number;
  /** How long a request may be half-sent, or an answer unread. @default 30000 */
  readonly patienceMs?: number;
}

export interface GatewayUser {
  readonly name: string;
  /** For instance `on >password +@all allchannels`, or `on #<SHA-256 of the password, hex> +ping +sentinel|master`. */
  readonly rules: string;
}

/** Each in PEM. */
export interface GatewayTls {
  readonly cert: string;
  readonly key: string;
  /** What clients' certificates are held to. @default none is asked for */
  readonly ca?: string;
}

export interface Gateway {
  /** Where it listens. */
  readonly address: Address;
  /** Resolves when it has closed, by `close` or by a client's SHUTDOWN. */
  readonly closed: Promise<void>;
  /** What this process read or wrote of a master by itself: told at once, without a read. */
  hear(heard: Heard): void;
  /** Ends every connection. It may be called twice. */
  close(): Promise<void>;
}

const PORT = 26_379;
const HOST = '127.0.0.1';

/**
 * Resolves when it listens and the table has been asked once.
 * @throws Error that says what to do, when it may not begin so or its port is taken
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { store, clock, pulseMs = 1000, host = HOST, port = PORT } = options;
  const users = new Users(options, (name) => knowsRule(COMMANDS, name));
  assertMayBegin(options, users);
  const settings = settingsOf(options);
  const telemetry = atLogLevel(options.telemetry, settings);
  const channels = new Channels();
  const looks: OwnLooks | undefined =
    options.nodes &&
    new OwnLooks({
      ...{ nodes: options.nodes, secrets: options.secrets, clock, telemetry, settings },
      known: () => masters.known,
      onLost: (name) => {
        telemetry.log('info', `the connection to the master of ${name} failed: reading the table at once`, {
          name,
        });
        masters.wake(name);
      },
    });
  const masters = new Masters({
    ...{ store, clock, telemetry, settings, pulseMs },
    looks: looks?.looks ?? new Map(),
    lost: (known) => looks?.lost(known) ?? false,
    onEvent(_, { type, payload }) {
      channels.publish(type, payload);
      if (type === '+switch-master') looks?.hurry();
    },
  });
  let listens: Address = { host, port };
  const announced = () => options.announce ?? listens;
  const id = () => options.id ?? gatewayId(announced());
  const peers = new Peers(async () => {
    const gateways = (options.peers ?? []).map((address) => ({ id: gatewayId(address), address }));
    const records = liveRecords(await masters.sentinels(), clock.now(), heartbeatMs(pulseMs));
    const zones = records.flatMap(({ sentinel, address }) => (address ? [{ id: sentinel, address }] : []));
    const itself = nodeId(announced());
    return [...gateways, ...zones].filter((peer) => peer.id !== id() && nodeId(peer.address) !== itself);
  }, clock);
  const ended = Promise.withResolvers<void>();
  let ending: Promise<void> | undefined;
  const close = () => {
    ending ??= (async () => {
      await server.close();
      await Promise.all([masters.end(), looks?.end(), peers.end()]);
      ended.resolve();
    })();
    return ending;
  };
  const env: Environment = {
    ...{ clock, telemetry, masters, peers, channels, users, settings, pulseMs },
    clients: new Clients(clock),
    operations: options.allowOperate ? options.operations : undefined,
    get id() {
      return id();
    },
    announced,
    listens: () => listens,
    looksItself: looks !== undefined,
    lookAgain: async (known) => looks?.lookAgain(known),
    shutDown: () => void close(),
  };
  const server = new Server({
    ...{ env, table: COMMANDS, tls: options.tls, maxClients: options.maxClients ?? 4096 },
    outputBytesMax: options.outputBytesMax ?? 1_048_576,
    patienceMs: options.patienceMs ?? 30_000,
  });
  listens = await server.listen(port, host);
  await masters.start();
  looks?.start();
  peers.start();
  telemetry.log('info', `the gateway listens at ${nodeId(listens)}`, { readOnly: !env.operations });
  const hear = (heard: Heard) => masters.hear(heard);
  return { address: listens, closed: ended.promise, hear, close };
}

function settingsOf(options: GatewayOptions): Settings {
  return {
    pollMs: options.pollMs ?? 2000,
    alertPollMs: options.alertPollMs ?? 100,
    ...{ infoPeriodMs: 10_000, pingPeriodMs: 1000 },
    ...{ resolveHostnames: false, announceHostnames: false, logLevel: 'verbose' },
  };
}

/** Whoever reaches an open gateway learns where every node is, and may change what it allows to be changed. */
function assertMayBegin(
  { host = HOST, allowOperate, operations, ...options }: GatewayOptions,
  users: Users,
): void {
  if (users.open && !isLoopback(host)) {
    throw new Error(
      `the gateway is to listen at ${host}, where others than this machine reach it, and asks nobody for a password: ` +
        'give it a password (requirepass) or users, or bind it to 127.0.0.1',
    );
  }
  if (allowOperate && !operations) {
    throw new Error('the gateway is to allow changes, and was given no operations to make them by');
  }
  for (const [name, ms] of Object.entries({ pollMs: options.pollMs, alertPollMs: options.alertPollMs })) {
    if (ms !== undefined && !(ms >= 10 && ms <= 86_400_000)) {
      throw new Error(`${name} ${ms}: allowed are 10 to 86400000 ms`);
    }
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
