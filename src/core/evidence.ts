/**
 * Evidence that the master lives although this sentinel cannot reach it: a replica whose link is up and whose
 * I/O came after this sentinel's first failed look.
 *
 * A replica's offset at its first look after the failure is the base line: what was on the wire when the master
 * died is in it. `last_io` has a resolution of a second, which is taken off. Evidence ages: a master that hangs
 * later leaves its replicas' links up for `repl-timeout`, and must not be vouched for all that time.
 */
import { type MasterState, type MonoMs, type NodeId, nodeId, sameAddress } from './model.ts';
import { type NodeMemory, reached } from './observation.ts';

const LAST_IO_RESOLUTION_MS = 1000;
/** An idle master feeds its replicas every `repl-ping-replica-period`, 10 s by default. */
const HEARD_FOR_MS_MIN = 10_000;

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
  const same = before?.master === master;
  const failedAt = same ? before.failedAt : memory.last.at;
  const hearing: Record<NodeId, Hearing> = {};
  for (const { address } of Object.values(state.replicas)) {
    const id = nodeId(address);
    const heard = hear(same ? before.hearing[id] : undefined, nodes[id], state, failedAt);
    if (heard) hearing[id] = heard;
  }
  return { master, failedAt, hearing };
}

function hear(
  before: Hearing | undefined,
  replica: NodeMemory | undefined,
  state: MasterState,
  failedAt: MonoMs,
): Hearing | undefined {
  if (!reached(replica) || replica.infoAt === undefined || replica.infoAt <= failedAt) return before;
  const { upstream, offset } = replica.info;
  if (!upstream?.linkUp || !sameAddress(upstream.address, state.master.address)) return undefined;
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
