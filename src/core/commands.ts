/** What may be sent to a node, as data: who, on which connection, which words, and until when. */
import { type NodeInfo, parseInfo, printable } from './info.ts';
import type { Address, MonoMs } from './model.ts';

/** The connection on which the look that called for the command was answered (I10). */
interface Sent {
  readonly node: Address;
  readonly link: string;
  /**
   * How long the right to send lasts: `lease`, half a lease from the leader's last successful write (I4);
   * `read`, a second from the consistent read (I10).
   */
  readonly fence: 'lease' | 'read';
  readonly epoch: number;
}

export type NodeCommand =
  | (Sent & { readonly kind: 'promote' })
  | (Sent & { readonly kind: 'follow'; readonly upstream: Address })
  /** A coordinated failover holds the old master's writers back, for so long at most. */
  | (Sent & { readonly kind: 'pause'; readonly forMs: number })
  /** The paused master follows its successor; EXEC leaves not after `notAfter`, on this process' own clock. */
  | (Sent & { readonly kind: 'hand over'; readonly upstream: Address; readonly notAfter: MonoMs })
  | (Sent & { readonly kind: 'unpause' })
  /** Closes the clients of a master that was, once more: those that came back before the switch was told. */
  | (Sent & { readonly kind: 'shut out' })
  /** Frees a node that is stuck in a FAILOVER of its own. */
  | (Sent & { readonly kind: 'free' })
  /** Ends the script that keeps the node busy; sent without MULTI, for a busy node takes nothing else. */
  | (Sent & { readonly kind: 'kill script' });

export interface CommandReply {
  readonly command: NodeCommand;
  /** When it was begun, before anything of it was sent. */
  readonly sentAt: MonoMs;
  readonly at: MonoMs;
  readonly outcome: 'done' | 'abandoned' | 'unknown';
  readonly detail: string;
  /** What the node said of itself inside the transaction, where that asked for it. */
  readonly info?: NodeInfo;
}

/**
 * The words between MULTI and EXEC. Every role change ends in the same tail: CONFIG REWRITE so that it outlives a
 * restart, CLIENT KILL so that clients reconnect and no older command of ours runs later, CLIENT UNPAUSE so that
 * no node stays paused, ROLE so that the reply proves what the node became.
 */
export function transactionOf(command: NodeCommand): string[][] {
  switch (command.kind) {
    case 'promote':
      return [['REPLICAOF', 'NO', 'ONE'], ...TOLD_TAIL];
    case 'follow':
      return [replicaOf(command.upstream), ...TAIL];
    case 'pause':
      return [['CLIENT', 'PAUSE', String(command.forMs), 'WRITE'], ['ROLE']];
    case 'hand over':
      // writers that were held back are closed, not let through: UNPAUSE comes after KILL
      return [replicaOf(command.upstream), ...TOLD_TAIL];
    case 'unpause':
      return [['CLIENT', 'UNPAUSE'], ['ROLE']];
    case 'shut out':
      return [...KILLS, ['ROLE']];
    case 'free':
      return [['FAILOVER', 'ABORT'], ['CLIENT', 'UNPAUSE'], ...KILLS, ['ROLE']];
    case 'kill script':
      return [['SCRIPT', 'KILL']];
  }
}

function replicaOf({ host, port }: Address): string[] {
  return ['REPLICAOF', host, String(port)];
}

const KILLS = [
  ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
];
const TAIL = [['CONFIG', 'REWRITE'], ...KILLS, ['CLIENT', 'UNPAUSE'], ['ROLE']];
/** With what the node says of itself: the history and offset its new role began with. */
const TOLD_TAIL = [...TAIL.slice(0, -1), ['INFO', 'replication'], ['ROLE']];

/** The role that proves the command; undefined for one that changes none. */
function roleAfter(command: NodeCommand): 'master' | 'slave' | undefined {
  switch (command.kind) {
    case 'promote':
      return 'master';
    case 'follow':
    case 'hand over':
    case 'shut out':
      return 'slave';
    case 'pause':
      return 'master'; // a node that is none any more holds nobody back
    case 'unpause':
    case 'free':
    case 'kill script':
      return undefined;
  }
}

/** Judges EXEC's replies: CONFIG REWRITE may fail (no file); what the command is for and ROLE may not. */
export function judgeReplies(
  command: NodeCommand,
  replies: readonly unknown[],
): Pick<CommandReply, 'outcome' | 'detail' | 'info'> {
  const changed = replies[0];
  if (changed instanceof Error)
    return { outcome: 'abandoned', detail: `refused: ${printable(changed.message)}` };
  const wanted = roleAfter(command);
  if (wanted === undefined) return { outcome: 'done', detail: 'done' };
  const role = replies.at(-1);
  const says = Array.isArray(role) ? String(role[0]) : String(role);
  if (says !== wanted) return { outcome: 'unknown', detail: `says ${printable(says)} after ${command.kind}` };
  const told = replies.at(-2);
  const info = typeof told === 'string' ? parseInfo(told) : undefined;
  return { outcome: 'done', detail: `says ${says}`, ...(info && { info }) };
}
