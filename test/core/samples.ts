/** Plain values for the tables: a state, looks, and what is remembered of them. All times count from zero. */
import { PRESETS } from '../../src/core/directives.ts';
import type { NodeInfo, Upstream } from '../../src/core/info.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import {
  type Address,
  type Instant,
  type MasterState,
  type MonoMs,
  nodeId,
  type Observation,
  SCHEMA,
} from '../../src/core/model.ts';
import { type NodeMemory, rememberLook } from '../../src/core/observation.ts';
import { BLANK, type Memory, type Situation, situation, type View } from '../../src/core/view.ts';

export const MIDNIGHT = Date.UTC(2026, 10, 24);
export const N1: Address = { host: '10.0.0.1', port: 6379 };
export const N2: Address = { host: '10.0.0.2', port: 6379 };
export const N3: Address = { host: '10.0.0.3', port: 6379 };

export function at(mono: MonoMs): Instant {
  return { mono, wall: MIDNIGHT + mono };
}

export function aState(changes: Partial<MasterState> = {}): MasterState {
  const replicas = [N2, N3].map(
    (address) => [nodeId(address), { address, reconfiguration: 'none' }] as const,
  );
  return {
    schema: SCHEMA,
    name: 'mymaster',
    rev: 7,
    writeId: 'w',
    directives: {
      ...PRESETS,
      ...{ quorum: 2, downAfterMs: 1000, failoverTimeoutMs: 60_000 },
    },
    currentEpoch: 4,
    configEpoch: 3,
    master: { address: N1, runId: 'run-1', replicationId: 'history-1', offset: 100 },
    replicas: Object.fromEntries(replicas),
    voters: ['a', 'b', 'c'],
    events: [],
    lastSeq: 0,
    ...changes,
  };
}

export function refused(node: Address, mono: MonoMs): NodeLook {
  return { node, sentAt: mono, at: mono, outcome: 'refused', detail: 'ECONNREFUSED' };
}

export function silent(node: Address, mono: MonoMs, since: MonoMs): NodeLook {
  return { node, sentAt: mono, at: mono, outcome: 'silent', since };
}

export function answered(node: Address, mono: MonoMs, info?: NodeInfo): NodeLook {
  const link = `link to ${nodeId(node)}`;
  return { node, sentAt: mono, at: mono, outcome: 'answered', reply: 'pong', link, ...(info && { info }) };
}

export function masterInfo(changes: Partial<NodeInfo> = {}): NodeInfo {
  return {
    ...{ role: 'master', replicationId: 'history-1', replicationId2: '0'.repeat(40), offset: 100 },
    ...{ replicas: [], runId: 'run-1' },
    ...changes,
  };
}

export function replicaInfo(changes: Partial<NodeInfo> = {}, link: Partial<Upstream> = {}): NodeInfo {
  const upstream = { address: N1, linkUp: true, syncInProgress: false, priority: 100, announced: true };
  return { ...masterInfo(), role: 'slave', runId: 'run-2', upstream: { ...upstream, ...link }, ...changes };
}

/** What is remembered of one node after these looks. */
export function afterLooks(...looks: readonly NodeLook[]): NodeMemory {
  let memory: NodeMemory | undefined;
  for (const look of looks) memory = rememberLook(memory, look);
  if (!memory) throw new Error('no look, no memory');
  return memory;
}

/** The memory of one process after these looks at any nodes, in their order. */
export function remembering(...looks: readonly NodeLook[]): Memory {
  const nodes: Record<string, NodeMemory> = {};
  for (const look of looks) {
    const id = nodeId(look.node);
    nodes[id] = rememberLook(nodes[id], look);
  }
  return { ...BLANK, nodes };
}

export function anObservation(sentinel: string, changes: Partial<Observation> = {}): Observation {
  return {
    ...{ schema: SCHEMA, master: 'mymaster', sentinel, incarnation: 1, seq: 1, at: MIDNIGHT },
    ...{ address: N1, configEpoch: 3, health: 'refused', subjectivelyDown: true, detail: '' },
    ...{ heardBy: [], alert: true, handover: false, events: [] },
    ...changes,
  };
}

export function aView(changes: Partial<View> = {}): View {
  return { state: aState(), observations: [], votes: [], memory: BLANK, ...changes };
}

export function aSituation(changes: Partial<View>, mono: MonoMs): Situation {
  return situation(aView(changes), { id: 'a', incarnation: 1 }, at(mono));
}
