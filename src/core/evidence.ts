/**
 * Evidence that the master lives although this sentinel cannot reach it: a replica whose link is up and whose
 * I/O came after this sentinel's first failed look.
 *
 * A replica's offset at its first look after the failure is the base line: what was on the wire when the master
 * died is in it. `last_io` has a resolution of a second, which is taken off. Evidence ages: a master that hangs
 * later leaves its replicas' links up for `repl-timeout`, and must not be vouched for all that time.
 *
 * A silence may be known at once: the machine stood still, or down-after is short. Evidence takes looks, though, and until
 * they have been, that there is none says nothing.
 */
import type { Upstream } from './info.ts';
import { type MasterState, type MonoMs, type NodeId, nodeId, sameAddress } from './model.ts';
import { type NodeMemory, reached } from './observation.ts';

const LAST_IO_RESOLUTION_MS = 1000;
/** An idle master feeds its replicas every `repl-ping-replica-period`, 10 s by default. */
const HEARD_FOR_MS_MIN = 10_000;
/** The failed look, which may end after the replicas have answered; the base line; what is held against it. */
const LOOKS_TO_TESTIFY = 3;

interface Hearing {
  /** In bytes, at the last look. */
  readonly offset: number;
  /** The last I/O known to be later than the failure. */
  readonly heardAt?: MonoMs;
}

export interface Evidence {
  readonly master: NodeId;
  /** When the first failed look was known: only later looks at replicas testify. */
  readonly failedAt: MonoMs;
  /** Failed looks at the master in a row, the last of them at `lookedAt`. */
  readonly looks: number;
  readonly lookedAt: MonoMs;
  readonly hearing: Readonly<Record<NodeId, Hearing>>;
}

/** @returns undefined while the master gives valid replies. */
export function gatherEvidence(
  before: Evidence | undefined,
  state: MasterState,
  nodes: Readonly<Record<NodeId, NodeMemory>>,
): Evidence | undefined {
  const master = nodeId(state.master.address);
  const memory = nodes[master];
  if (memory?.noReplySince === undefined) return undefined;
  // one that answered late meanwhile is silent anew
  const same = before?.master === master && (memory.failedSince ?? 0) <= before.lookedAt;
  const lookedAt = memory.last.at;
  const failedAt = same ? before.failedAt : lookedAt;
  const looks = (same ? before.looks : 0) + (same && before.lookedAt === lookedAt ? 0 : 1);
  const hearing: Record<NodeId, Hearing> = {};
  for (const { address } of Object.values(state.replicas)) {
    const id = nodeId(address);
    const heard = hear(same ? before.hearing[id] : undefined, nodes[id], state, failedAt);
    if (heard) hearing[id] = heard;
  }
  return { master, failedAt, looks, lookedAt, hearing };
}

function hear(
  before: Hearing | undefined,
  replica: NodeMemory | undefined,
  state: MasterState,
  failedAt: MonoMs,
): Hearing | undefined {
  if (!reached(replica) || replica.infoAt === undefined || replica.infoAt <= failedAt) return before;
  const upstream = liveLink(state, replica);
  if (!upstream) return undefined;
  const { offset } = replica.info;
  if (before && offset > before.offset) return { offset, heardAt: replica.infoAt };
  const ioAt = replica.infoAt - (upstream.lastIoAgoMs ?? Number.POSITIVE_INFINITY) - LAST_IO_RESOLUTION_MS;
  const heardAt = Math.max(
    ioAt > failedAt ? ioAt : Number.NEGATIVE_INFINITY,
    before?.heardAt ?? Number.NEGATIVE_INFINITY,
  );
  return { offset, ...(Number.isFinite(heardAt) && { heardAt }) };
}

/** The replicas that heard the master after the failure, and not too long ago. */
export function replicasHearing(evidence: Evidence | undefined, downAfterMs: number, now: MonoMs): NodeId[] {
  const heardForMs = Math.max(downAfterMs, HEARD_FOR_MS_MIN);
  return Object.entries(evidence?.hearing ?? {})
    .filter(([, { heardAt }]) => heardAt !== undefined && now - heardAt <= heardForMs)
    .map(([id]) => id);
}

/** The replicas whose word is still to come: their links to the master are up, and they have not been asked often enough. */
export function replicasYetToTestify(
  evidence: Evidence | undefined,
  state: MasterState,
  nodes: Readonly<Record<NodeId, NodeMemory>>,
): NodeId[] {
  if (!evidence || evidence.looks >= LOOKS_TO_TESTIFY) return [];
  return Object.values(state.replicas)
    .map(({ address }) => nodeId(address))
    .filter((id) => liveLink(state, nodes[id]));
}

/** Its link to the named master, if it says that it is up. */
function liveLink({ master }: MasterState, replica: NodeMemory | undefined): Upstream | undefined {
  if (!reached(replica)) return undefined;
  const { upstream } = replica.info;
  return upstream?.linkUp && sameAddress(upstream.address, master.address) ? upstream : undefined;
}
