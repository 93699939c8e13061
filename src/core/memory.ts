/** What a look leaves behind in one process' memory: the same fold for a function, a process and a simulated world. */
import { aliasesOf, inOwnWords } from './aliases.ts';
import { cameBackEmpty } from './emptied.ts';
import { gatherEvidence } from './evidence.ts';
import type { NodeLook } from './looks.ts';
import { type MasterState, type NodeId, nodeId, sameAddress } from './model.ts';
import { type NodeMemory, reached, rememberLook, UNWATCHED_MS_MAX } from './observation.ts';
import type { Memory } from './view.ts';

/**
 * @param looks - one a node; what is remembered of nodes that the state does not know is forgotten
 * @param pulseMs - how often somebody of this zone looks: a process that has not for longer was asleep, and others looked
 */
export function rememberLooks(
  memory: Memory,
  state: MasterState,
  looks: readonly NodeLook[],
  pulseMs: number,
): Memory {
  const { evidence: heard, ...rest } = memory;
  const aliases = aliasesOf(state, looks, memory.nodes);
  const asleep = (look: NodeLook) => sleptThrough(memory.nodes[nodeId(look.node)], look, pulseMs);
  const before = (look: NodeLook) => {
    const node = memory.nodes[nodeId(look.node)];
    return asleep(look) ? withoutFailures(node) : node;
  };
  const remembered = looks.map((look): [NodeId, NodeMemory] => [
    nodeId(look.node),
    rememberLook(before(look), inOwnWords(look, aliases)),
  ]);
  const named = nodeId(state.master.address);
  const known = new Set([named, ...Object.keys(state.replicas)]);
  const kept = Object.entries(memory.nodes).filter(([id]) => known.has(id));
  const nodes: Record<NodeId, NodeMemory> = Object.fromEntries([...kept, ...remembered]);
  const atMaster = looks.find((look) => sameAddress(look.node, state.master.address));
  const master = nodes[named];
  if (atMaster && master) {
    // what the replicas hold shows what it should: this look may be the first that tells, or the last
    const held = [...kept.map(([, node]) => node), ...Object.values(nodes)];
    nodes[named] = asNamedMaster(before(atMaster), master, state, held);
  }
  const anew = atMaster !== undefined && asleep(atMaster);
  const evidence = gatherEvidence(anew ? undefined : heard, state, nodes);
  return { ...rest, nodes, lookedAtRev: state.rev, ...(evidence && { evidence }) };
}

/** So many pulses may be another process' of the zone; with more of them, what had failed before may have healed since. */
const OTHERS_PULSES_MAX = 2;

function sleptThrough(node: NodeMemory | undefined, look: NodeLook, pulseMs: number): boolean {
  if (!node) return false;
  const stillInFlight = look.outcome === 'silent' && look.since < node.last.at;
  return !stillInFlight && look.sentAt - node.last.at > OTHERS_PULSES_MAX * pulseMs + UNWATCHED_MS_MAX;
}

/** A failure that nobody saw end, or go on, is none: it begins with the look that finds it. */
function withoutFailures(node: NodeMemory | undefined): NodeMemory | undefined {
  if (!node) return undefined;
  const {
    noReplySince,
    refusedSince,
    refusedAt,
    failedSince,
    saysReplica,
    unfitSince,
    handingOverSince,
    ...rest
  } = node;
  return rest;
}

/** What only the named master is watched for: that it says replica, and that it came back without its data. */
function asNamedMaster(
  before: NodeMemory | undefined,
  node: NodeMemory,
  state: MasterState,
  held: readonly NodeMemory[],
): NodeMemory {
  const { saysReplica: _, emptiedRunId: __, ...rest } = node;
  const plain = loadsUnderAnotherRunId(node, state) ? { rebootedAt: node.last.at, ...rest } : rest;
  const saysReplica = countReplicaAnswers(before, node, state);
  const emptiedRunId = cameBackEmpty(state, before, node, held) ? node.runId : undefined;
  const unfit = reached(node) && (saysReplica || emptiedRunId !== undefined);
  return {
    ...plain,
    ...(saysReplica && { saysReplica }),
    ...(emptiedRunId !== undefined && { emptiedRunId }),
    ...(unfit && { unfitSince: before?.unfitSince ?? node.last.at }),
  };
}

/** A cold start does not know the run id from before, and the state does. */
function loadsUnderAnotherRunId(node: NodeMemory, state: MasterState): boolean {
  const { runId } = state.master;
  return reached(node) && node.last.reply !== 'pong' && runId !== undefined && node.info.runId !== undefined
    ? node.info.runId !== runId
    : false;
}

/**
 * Looks in a row in which the named master said replica, under one configuration. The epoch stands for it and not
 * `rev`: telling of the outage raises `rev` too. From an open intent on, a master that says replica is as it should be.
 */
function countReplicaAnswers(before: NodeMemory | undefined, node: NodeMemory, state: MasterState) {
  const { failover, configEpoch } = state;
  if (!reached(node) || node.info.role !== 'slave') return undefined;
  if (state.master.replicationId === undefined) return undefined; // never seen as a master: monitored by mistake
  if (node.info.handingOver) return undefined; // it refuses every role until its own FAILOVER is over, or aborted
  if (failover && failover.step !== 'selecting') return undefined;
  const looks = before?.saysReplica?.configEpoch === configEpoch ? before.saysReplica.looks : 0;
  return { configEpoch, looks: looks + 1 };
}
