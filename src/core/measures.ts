/** How a master is, in figures, as one sentinel sees it: what is always measured, and what only while it is wrong. */
import type { Figures, MetricName } from './metrics.ts';
import { type Instant, nodeId, type Observation, type SentinelRecord, sameAddress } from './model.ts';
import { type NodeMemory, reached } from './observation.ts';
import { checkQuorum } from './quorum-check.ts';
import type { View } from './view.ts';

export interface Measures {
  /** Told every minute if they are wanted: each is a metric that is paid for all month. */
  readonly continuous: Figures;
  /** Empty in health. */
  readonly trouble: Figures;
}

/**
 * @param told - this sentinel's last observation of the master
 * @param sentinels - every sentinel's record; undefined when the table did not give them
 * @returns undefined when the master was not looked at, or what was seen of it is void
 */
export function measure(
  view: View,
  told: Observation | undefined,
  sentinels: readonly SentinelRecord[] | undefined,
  now: Instant,
  heartbeatMs: number,
): Measures | undefined {
  const { state, memory } = view;
  const master = memory.nodes[nodeId(state.master.address)];
  if (!master) return undefined;
  const quorum = sentinels && checkQuorum(state, sentinels, now, heartbeatMs);
  const lag = lagBytes(master);
  return {
    continuous: {
      ...(quorum && { UsableSentinels: quorum.usable.length }),
      VisibleReplicas: ours(view).filter((node) => isVisible(node, master)).length,
      ...(lag !== undefined && { ReplicationLagBytes: lag }),
    },
    trouble: positive({
      MasterDown: state.outage ? 1 : 0,
      TwoMasters: ours(view).filter((node) => reached(node) && has(view, told, node, 'role')).length,
      MisconfiguredNodes: [master, ...ours(view)].filter((node) => has(view, told, node, 'misconfigured'))
        .length,
      NoQuorum: quorum?.ok === false ? 1 : 0,
    }),
  };
}

/** The worst of several masters, and of which master each figure is. */
export function worstOf(measured: ReadonlyMap<string, Figures>): {
  readonly figures: Figures;
  readonly of: Readonly<Partial<Record<MetricName, string>>>;
} {
  const figures: Partial<Record<MetricName, number>> = {};
  const of: Partial<Record<MetricName, string>> = {};
  for (const [master, own] of measured) {
    for (const [name, value] of Object.entries(own) as [MetricName, number][]) {
      const known = figures[name];
      if (known !== undefined && !isWorse(name, value, known)) continue;
      figures[name] = value;
      of[name] = master;
    }
  }
  return { figures, of };
}

/** Of sentinels and replicas there can be too few, of everything else too much. */
function isWorse(name: MetricName, value: number, than: number): boolean {
  return name === 'UsableSentinels' || name === 'VisibleReplicas' ? value < than : value > than;
}

/** The replicas that were looked at, without the nodes of other groups. */
function ours({ state, memory }: View): NodeMemory[] {
  return Object.values(state.replicas).flatMap(({ address, stranger }) => {
    const node = memory.nodes[nodeId(address)];
    return node && stranger === undefined ? [node] : [];
  });
}

/** In reach, and following while there is a master to follow: without one every link is down. */
function isVisible(node: NodeMemory, master: NodeMemory): boolean {
  return (
    reached(node) && node.info.role === 'slave' && (!reached(master) || node.info.upstream?.linkUp === true)
  );
}

/**
 * As the master tells it, for only there both offsets are of one moment. A replica that is still being synchronized has
 * acknowledged nothing: it is not behind, it is not there yet.
 */
function lagBytes(master: NodeMemory): number | undefined {
  if (!reached(master) || master.info.role !== 'master') return undefined;
  const { offset, replicas } = master.info;
  const behind = replicas.filter(({ state }) => state === 'online').map((replica) => offset - replica.offset);
  return behind.length === 0 ? undefined : Math.max(0, ...behind);
}

function has(
  { state }: View,
  told: Observation | undefined,
  { address }: NodeMemory,
  condition: 'role' | 'misconfigured',
): boolean {
  const current =
    told && sameAddress(told.address, state.master.address) && told.configEpoch === state.configEpoch;
  return current === true && told.conditions?.[nodeId(address)]?.includes(condition) === true;
}

function positive(figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value > 0));
}
