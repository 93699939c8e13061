/** What a simulated node answers to each command that a sentinel or a client sends, and what it does for it. */
import type { Cluster } from './cluster.ts';
import { infoText } from './info.ts';
import type { Session, SimulatedNode } from './node.ts';

/** A reply that is an error; the message begins with its code, as on the wire. */
export class ErrorReply {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

const AT_ONCE = new Set(['MULTI', 'EXEC', 'DISCARD', 'AUTH']);
/** What a node answers while it loads its data. */
const WHILE_LOADING = new Set(['INFO', 'MULTI', 'EXEC', 'DISCARD', 'AUTH', 'CLIENT']);

/** @returns undefined while the answer is held back: CLIENT PAUSE */
export function execute(
  cluster: Cluster,
  node: SimulatedNode,
  session: Session,
  words: readonly string[],
): unknown {
  const name = words[0]?.toUpperCase() ?? '';
  if (session.queue && !AT_ONCE.has(name)) {
    const refusal = refusedNow(cluster, node, name, words);
    if (refusal) session.aborted = true;
    else session.queue.push([...words]);
    return refusal ?? 'QUEUED';
  }
  switch (name) {
    case 'MULTI':
      session.queue = [];
      session.aborted = false;
      return 'OK';
    case 'DISCARD':
      session.queue = undefined;
      return 'OK';
    case 'EXEC': {
      const queued = session.queue;
      session.queue = undefined;
      if (!queued) return new ErrorReply('ERR EXEC without MULTI');
      if (session.aborted)
        return new ErrorReply('EXECABORT Transaction discarded because of previous errors.');
      cluster.watchers.executing(node, session, queued);
      return queued.map((command) => run(cluster, node, session, command));
    }
    default:
      return refusedNow(cluster, node, name, words) ?? run(cluster, node, session, words);
  }
}

function refusedNow(
  cluster: Cluster,
  node: SimulatedNode,
  name: string,
  words: readonly string[],
): ErrorReply | undefined {
  if (node.loading(cluster.now) && !WHILE_LOADING.has(name))
    return new ErrorReply('LOADING Redis is loading the dataset in memory');
  const kill = name === 'SCRIPT' && words[1]?.toUpperCase() === 'KILL';
  if (node.busy && !kill) return new ErrorReply('BUSY Redis is busy running a script.');
  if (node.diskFull && name === 'PING' && !node.upstream)
    return new ErrorReply(
      'MISCONF Redis is configured to save RDB snapshots, but it is unable to persist to disk.',
    );
  return undefined;
}

function run(cluster: Cluster, node: SimulatedNode, session: Session, words: readonly string[]): unknown {
  const { replication, now } = cluster;
  const [name = '', first = '', second = ''] = words.map((word, i) => (i < 3 ? word.toUpperCase() : word));
  switch (name) {
    case 'PING':
      return 'PONG';
    case 'INFO':
      return infoText(node, replication, now, first === '');
    case 'ROLE':
      return node.upstream
        ? ['slave', node.upstream.address.host, node.upstream.address.port]
        : ['master', node.offset, []];
    case 'REPLICAOF':
      return replicaOf(cluster, node, words);
    case 'CONFIG':
      if (node.diskFull) return new ErrorReply('ERR Rewriting config file: No space left on device');
      node.configured = node.upstream?.address;
      return 'OK';
    case 'CLIENT':
      return client(cluster, node, session, [first, second, words[2] ?? '']);
    case 'SCRIPT':
      if (!node.busy) return new ErrorReply('NOTBUSY No scripts in execution right now.');
      node.busy = false;
      return 'OK';
    case 'FAILOVER':
      return new ErrorReply('ERR No failover in progress.');
    case 'SET':
      return cluster.write(node, undefined);
    default:
      return new ErrorReply(`ERR unknown command '${name}'`);
  }
}

function replicaOf(
  cluster: Cluster,
  node: SimulatedNode,
  [, host = '', port = '']: readonly string[],
): string {
  const alone = host.toUpperCase() === 'NO' && port.toUpperCase() === 'ONE';
  const before = node.upstream?.address;
  if (alone) cluster.replication.standAlone(node);
  else if (before?.host !== host || before.port !== Number(port))
    cluster.replication.follow(node, { host, port: Number(port) });
  cluster.watchers.roleChanged(node);
  return 'OK';
}

function client(
  cluster: Cluster,
  node: SimulatedNode,
  session: Session,
  [what, type, ms]: string[],
): unknown {
  switch (what) {
    case 'SETNAME':
      return 'OK';
    case 'KILL': {
      // of type normal: everybody but the caller; what they had sent is thrown away with them
      const killed = [...node.sessions].filter(
        (other) => other !== session && type === 'TYPE' && ms !== 'pubsub',
      );
      for (const other of killed) cluster.close(node, other);
      return killed.length;
    }
    case 'PAUSE':
      node.pausedUntil = cluster.now + Number(type);
      return 'OK';
    case 'UNPAUSE':
      cluster.unpause(node);
      return 'OK';
    default:
      return new ErrorReply(`ERR unknown subcommand '${what}'`);
  }
}
