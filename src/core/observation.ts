/**
 * What one sentinel makes of its own looks at one node: is it alive, and since when not (S_DOWN).
 *
 *   valid reply            first probe unanswered                 S_DOWN
 *   ────●──────────────────────○───────────────────────────────────●──►      silent: counted from ○
 *   ────●───── ≤ 1 s ─────×────×────×───────────────●──►                     refused: counted from ●, but with at
 *                         └── ≥ min(down-after, 500 ms) ──┘                  most 1 s in which nobody looked
 *
 * A silent node may only be slow, so that a stall shorter than down-after never trips it. A node that refuses
 * has lost its process, so that the time before the first refusal counts too.
 */
import type { NodeInfo } from './info.ts';
import type { NodeLook } from './looks.ts';
import type { Address, Health, Instant, MonoMs } from './model.ts';

/** Time in which nobody looked counts for at most this much. */
export const UNWATCHED_MS_MAX = 1000;
/** A node that refuses must refuse every look for this long, or for down-after if that is shorter. */
export const REFUSED_MS_MIN = 500;
const SMOOTHING = 8;

/** What is remembered of one node between looks. A help, never a source of truth. */
export interface NodeMemory {
  readonly address: Address;
  readonly last: NodeLook;
  readonly lastValidAt?: MonoMs;
  /** Since when there is no valid reply: the first unanswered probe, or the first refused look. */
  readonly noReplySince?: MonoMs;
  /** How long its replies take, smoothed as TCP smooths its round trips; not less than one that came late. */
  readonly replyMs?: number;
  /** The start of an unbroken run of refusals. */
  readonly refusedSince?: MonoMs;
  /** When it last refused, with no valid reply since. */
  readonly refusedAt?: MonoMs;
  /** The first look of an unbroken run that brought no valid reply, however long nobody looked between two of them. */
  readonly failedSince?: MonoMs;
  /** From the last look that brought one. */
  readonly info?: NodeInfo;
  readonly infoAt?: MonoMs;
  /** When full INFO was last read. */
  readonly fullInfoAt?: MonoMs;
  /** Only full INFO tells them, so that they outlive the looks that do not. */
  readonly runId?: string;
  readonly zone?: string;
  readonly keys?: number;
  /** What it told as a replica: a master does not tell it. */
  readonly priority?: number;
  /** What a host name was last resolved to. */
  readonly ip?: string;
  /** Since when it loads or waits under a new run id, without a PONG so far. */
  readonly rebootedAt?: MonoMs;
  /** Since when it is in a FAILOVER of its own. */
  readonly handingOverSince?: MonoMs;
  /** The last look that did not reach it, before it was reached again. */
  readonly missedAt?: MonoMs;
  /** Of the named master: looks in a row in which it said replica, while the configuration stayed the same. */
  readonly saysReplica?: { readonly configEpoch: number; readonly looks: number };
  /** Of the named master: the run id under which it came back without its data. */
  readonly emptiedRunId?: string;
  /** Of the named master: since when it is one of the two. */
  readonly unfitSince?: MonoMs;
}

export function rememberLook(known: NodeMemory | undefined, look: NodeLook): NodeMemory {
  const before = known && answeredLate(known, look);
  const kept = before && {
    ...(before.lastValidAt !== undefined && { lastValidAt: before.lastValidAt }),
    ...(before.info && before.infoAt !== undefined && { info: before.info, infoAt: before.infoAt }),
    ...(before.fullInfoAt !== undefined && { fullInfoAt: before.fullInfoAt }),
    ...(before.runId !== undefined && { runId: before.runId }),
    ...(before.zone !== undefined && { zone: before.zone }),
    ...(before.keys !== undefined && { keys: before.keys }),
    ...(before.priority !== undefined && { priority: before.priority }),
    ...(before.ip !== undefined && { ip: before.ip }),
    ...(before.replyMs !== undefined && { replyMs: before.replyMs }),
    ...(before.rebootedAt !== undefined && { rebootedAt: before.rebootedAt }),
    ...(before.missedAt !== undefined && { missedAt: before.missedAt }),
    ...(before.saysReplica && { saysReplica: before.saysReplica }),
    ...(before.emptiedRunId !== undefined && { emptiedRunId: before.emptiedRunId }),
  };
  const missed = look.outcome === 'answered' ? {} : { missedAt: look.at };
  const memory: NodeMemory = { ...kept, ...missed, address: look.node, last: look };
  const failedSince = before?.failedSince ?? look.sentAt;
  switch (look.outcome) {
    case 'answered':
      return rememberAnswer(memory, before, look);
    case 'misconfigured':
      return memory; // up, though of no use: neither alive nor down
    case 'silent':
    case 'busy': {
      const since = look.outcome === 'silent' ? look.since : look.sentAt;
      const refusedAt = before?.refusedAt !== undefined && { refusedAt: before.refusedAt };
      return { ...memory, failedSince, noReplySince: earliest(before, since, look), ...refusedAt };
    }
    case 'refused': {
      const refusedSince =
        before?.refusedSince === undefined ? look.at : watched(before.refusedSince, before, look);
      const noReplySince = earliest(before, look.at, look);
      return { ...memory, failedSince, noReplySince, refusedSince, refusedAt: look.at };
    }
  }
}

/**
 * One that has answered an earlier probe since it was first found silent is slow and not down: whatever this look came
 * to, what failed before that reply is over.
 */
function answeredLate(node: NodeMemory, look: NodeLook): NodeMemory {
  const { noReplySince, refusedSince: _, refusedAt: __, failedSince: ___, ...rest } = node;
  const { heard } = 'heard' in look ? look : {};
  if (!heard || noReplySince === undefined || heard.at <= noReplySince) return node;
  const replyMs = Math.max(node.replyMs ?? 0, heard.afterMs);
  return { ...rest, lastValidAt: heard.at, replyMs };
}

function rememberAnswer(
  memory: NodeMemory,
  before: NodeMemory | undefined,
  look: NodeLook & { outcome: 'answered' },
): NodeMemory {
  const { rebootedAt: _, ...rest } = memory;
  const { info, ip } = look;
  const rebootedAt = look.reply === 'pong' ? undefined : sinceReboot(before, look);
  const tookMs = look.at - look.sentAt;
  const answered: NodeMemory = {
    ...rest,
    replyMs: before?.replyMs === undefined ? tookMs : before.replyMs + (tookMs - before.replyMs) / SMOOTHING,
    lastValidAt: look.at,
    ...(ip !== undefined && { ip }),
    ...(rebootedAt !== undefined && { rebootedAt }),
  };
  if (!info) return answered;
  const full = info.runId !== undefined && {
    ...{ fullInfoAt: look.sentAt, runId: info.runId },
    ...(info.zone !== undefined && { zone: info.zone }),
    ...(info.keys !== undefined && { keys: info.keys }),
  };
  const priority = info.upstream?.priority;
  const handingOverSince = info.handingOver ? (before?.handingOverSince ?? look.at) : undefined;
  return {
    ...answered,
    ...{ info, infoAt: look.sentAt },
    ...full,
    ...(priority !== undefined && { priority }),
    ...(handingOverSince !== undefined && { handingOverSince }),
  };
}

/** When this process first saw the run id under which the node now loads. */
function sinceReboot(
  before: NodeMemory | undefined,
  { info, at }: NodeLook & { outcome: 'answered' },
): MonoMs | undefined {
  if (before?.rebootedAt !== undefined) return before.rebootedAt;
  const changed = before?.runId !== undefined && info?.runId !== undefined && info.runId !== before.runId;
  return changed ? at : undefined;
}

function earliest(before: NodeMemory | undefined, since: MonoMs, look: NodeLook): MonoMs {
  return before?.noReplySince === undefined
    ? since
    : Math.min(since, watched(before.noReplySince, before, look));
}

/** Moves `since` forward by the time in which nobody looked, so that at most a second of it counts. */
function watched(since: MonoMs, before: NodeMemory, look: NodeLook): MonoMs {
  const stillInFlight = look.outcome === 'silent' && look.since < before.last.at;
  const gapMs = look.sentAt - before.last.at;
  return stillInFlight || gapMs <= UNWATCHED_MS_MAX ? since : since + (gapMs - UNWATCHED_MS_MAX);
}

/** S_DOWN: this sentinel alone holds the node for down, by its last look. Time that passes without one proves nothing. */
export function subjectivelyDown(node: NodeMemory, downAfterMs: number): boolean {
  return node.last.at >= (subjectivelyDownAt(node, downAfterMs) ?? Number.POSITIVE_INFINITY);
}

/** The moment at which the node becomes S_DOWN if it goes on like this: where the next look must fall. */
export function subjectivelyDownAt(node: NodeMemory, downAfterMs: number): MonoMs | undefined {
  if (node.noReplySince === undefined) return undefined;
  const bySilence = node.noReplySince + downAfterMs;
  if (node.refusedSince === undefined) return bySilence;
  const unwatchedFrom = node.refusedSince - UNWATCHED_MS_MAX;
  const countedFrom =
    node.lastValidAt === undefined ? node.refusedSince : Math.max(node.lastValidAt, unwatchedFrom);
  const byRefusal = Math.max(
    countedFrom + downAfterMs,
    node.refusedSince + Math.min(downAfterMs, REFUSED_MS_MIN),
  );
  return Math.min(bySilence, byRefusal);
}

/**
 * A replica is looked at by pulses alone, which may be a minute apart: no failover hangs on it, and it is down when every
 * look failed for so long.
 */
export function replicaDown(node: NodeMemory, downAfterMs: number): boolean {
  if (subjectivelyDown(node, downAfterMs)) return true;
  return node.failedSince !== undefined && node.last.at - node.failedSince >= downAfterMs;
}

/**
 * Whether looking faster may soon matter: it refused and gave no valid reply since, says that it is busy, or is silent for
 * half of down-after; also by looks so far apart that the time between them proves nothing.
 */
export function alarming(node: NodeMemory, downAfterMs: number, now: Instant): boolean {
  if (node.refusedAt !== undefined || node.last.outcome === 'busy') return true;
  if (node.failedSince !== undefined && node.last.at - node.failedSince >= downAfterMs / 2) return true;
  return node.noReplySince !== undefined && now.mono - node.noReplySince >= downAfterMs / 2;
}

export function health(node: NodeMemory): Health {
  const { outcome } = node.last;
  if (outcome === 'answered') return 'up';
  return outcome === 'busy' ? 'silent' : outcome;
}

export type Reached = NodeMemory & {
  readonly info: NodeInfo;
  readonly last: NodeLook & { readonly outcome: 'answered' };
};

/** The last look reached the node and could read what it says of itself. */
export function reached(node: NodeMemory | undefined): node is Reached {
  return node?.last.outcome === 'answered' && node.last.info !== undefined;
}

/** While it loads its data it answers, and refuses every command that would change its role. */
export function takesCommands(node: NodeMemory | undefined): node is Reached {
  return reached(node) && node.last.reply !== 'loading';
}

/** It holds something: just after its first synchronization a replica has keys, and stands at offset 0. */
export function holdsData({ info, keys = 0 }: NodeMemory): boolean {
  return info !== undefined && (info.offset > 0 || keys > 0);
}

export function describeHealth(node: NodeMemory | undefined, now: Instant): string {
  if (!node) return 'not looked at yet';
  const { last } = node;
  const forMs = node.noReplySince === undefined ? 0 : Math.round(now.mono - node.noReplySince);
  switch (last.outcome) {
    case 'answered':
      return last.reply === 'pong' ? 'answers' : `answers ${last.reply}`;
    case 'busy':
      return `takes no commands for ${forMs} ms (${last.detail})`;
    case 'silent':
      return `is silent for ${forMs} ms`;
    case 'refused':
      return `refuses for ${forMs} ms (${last.detail})`;
    case 'misconfigured':
      return `is up but misconfigured (${last.detail})`;
  }
}
