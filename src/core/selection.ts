/**
 * Which replica is promoted, and for every other one the reason why not (Redis Sentinel's rules, and beyond them:
 * lineage, synchronization in progress, an empty data set).
 */
import { type Generation, generationOf, shortened } from './lineage.ts';
import type { Address, MasterState, NodeId } from './model.ts';
import { nodeId } from './model.ts';
import { holdsData, type NodeMemory, reached } from './observation.ts';

export interface Candidate {
  readonly address: Address;
  readonly link: string;
  readonly generation: Exclude<Generation, 'other'>;
  readonly priority: number;
  /** It lies in the zone that is preferred. */
  readonly preferred: boolean;
  /** In bytes of the known history. */
  readonly offset: number;
  /** It was promoted out of the known history already, by whomever. */
  readonly promoted: boolean;
  readonly runId: string;
}

export interface Selection {
  /** Best first. */
  readonly ranked: readonly Candidate[];
  readonly passedOver: Readonly<Record<NodeId, string>>;
}

export interface SelectionRules {
  readonly nodes: readonly Address[];
  /** For how long the master is gone: what its replicas' links may be down for. */
  readonly masterDownMs: number;
  /**
   * Links that are down disqualify nobody: while a failover is being resumed, and when the master has become a replica
   * itself. Nobody knows since when it feeds nobody, and in a ring of replicas every link is down for good.
   */
  readonly anyLink: boolean;
}

/** Sentinel's grace for a link that is down: ten times down-after on top of the time the master is gone. */
const LINK_DOWN_FACTOR = 10;
/** Of `replica-priority`, as Redis has it. */
const DEFAULT_PRIORITY = 100;
const NEVER = 'priority 0: never to be promoted';

export function select(
  state: MasterState,
  memory: Readonly<Record<NodeId, NodeMemory>>,
  rules: SelectionRules,
): Selection {
  const ranked: Candidate[] = [];
  const passedOver: Record<NodeId, string> = {};
  for (const address of rules.nodes) {
    const id = nodeId(address);
    const judged = judge(state, memory[id], address, rules);
    if (typeof judged === 'string') passedOver[id] = judged;
    else ranked.push(judged);
  }
  ranked.sort(better);
  const best = ranked[0];
  for (const other of ranked.slice(1)) passedOver[nodeId(other.address)] = whyWorse(other, best);
  return { ranked, passedOver };
}

/**
 * The current history before an older one, whose offset counts other bytes; then priority ascending, the preferred zone,
 * offset descending, the one that says master already, run id ascending.
 */
function better(a: Candidate, b: Candidate): number {
  return (
    Number(a.generation === 'previous') - Number(b.generation === 'previous') ||
    a.priority - b.priority ||
    Number(b.preferred) - Number(a.preferred) ||
    b.offset - a.offset ||
    Number(b.promoted) - Number(a.promoted) ||
    (a.runId < b.runId ? -1 : 1)
  );
}

function whyWorse(other: Candidate, best: Candidate | undefined): string {
  if (!best) return 'not chosen';
  if (other.generation !== best.generation) return 'of an older replication history than the chosen one';
  if (other.priority !== best.priority)
    return `priority ${other.priority}, the chosen one has ${best.priority}`;
  if (other.preferred !== best.preferred) return 'not in the preferred zone, as the chosen one is';
  if (other.offset !== best.offset) return `${best.offset - other.offset} bytes behind the chosen one`;
  if (other.promoted !== best.promoted) return 'equal to the chosen one, which says master already';
  return 'equal to the chosen one, whose run id sorts first';
}

function judge(
  state: MasterState,
  node: NodeMemory | undefined,
  address: Address,
  rules: SelectionRules,
): Candidate | string {
  if (!reached(node)) return `not reached by this sentinel's last look`;
  const { info, last } = node;
  // MASTERDOWN is what every replica of a dead master says that does not serve stale data
  if (last.reply === 'loading') return 'answers loading';
  const generation = generationOf(state, info);
  if (generation === 'other') return `another replication history (${shortened(info.replicationId)})`;
  const { preferZone, nodeZones } = state.directives;
  const zone = nodeZones[nodeId(address)] ?? node.zone;
  const found = {
    ...{ address, link: last.link, offset: info.offset, runId: node.runId ?? '' },
    generation,
    preferred: preferZone !== undefined && zone === preferZone,
    promoted: info.role === 'master',
  };
  if (info.role === 'master') {
    // the master of that very history: nothing is better
    if (info.replicationId === state.master.replicationId) return { ...found, priority: 0 };
    // promoted out of it: what it took since is its own, and what the others got since is not its
    const offset = generation === 'current' ? (info.sharedOffset ?? info.offset) : info.offset;
    const { priority = DEFAULT_PRIORITY } = node;
    return priority === 0 ? NEVER : { ...found, priority, offset };
  }
  const { upstream } = info;
  if (!upstream) return 'a replica that names no master';
  if (upstream.priority === 0) return NEVER;
  if (upstream.syncInProgress) return 'in the middle of a synchronization';
  if (!holdsData(node) && (state.master.offset ?? 0) > 0) return 'empty, while the master was not';
  const linkDownMsMax = rules.masterDownMs + LINK_DOWN_FACTOR * state.directives.downAfterMs;
  if (!rules.anyLink && (upstream.linkDownForMs ?? 0) > linkDownMsMax) {
    return `its link was down for ${upstream.linkDownForMs} ms, more than ${linkDownMsMax}`;
  }
  return { ...found, priority: upstream.priority };
}
