/** What is measured and not promised: time with two masters, acknowledged writes that are lost, and what went on at all. */
import { type MasterState, nodeId } from '../../../src/core/model.ts';
import type { Acknowledged } from './client.ts';
import type { Cluster } from './cluster.ts';
import type { Facts } from './facts.ts';
import type { Way } from './network.ts';
import type { SimulatedNode } from './node.ts';

export interface Measures {
  failovers: number;
  automatic: number;
  forced: number;
  coordinated: number;
  resumed: number;
  aborted: number;
  repairs: number;
  /** Elections for a failover that none was open for. */
  begun: number;
  /** Times that each reason held a failover back, as it was written down. */
  vetoed: number;
  cooledDown: number;
  heldBack: number;
  /** Hand-overs whose successor did not come equal in time, and those that lost something. */
  unequal: number;
  writesLost: number;
  dataLost: number;
  /** Faults that waited for a step of a failover, and found it. */
  struck: number;
  acknowledged: number;
  lost: number;
  /** Of these, where `min-replicas-to-write` is set on the nodes. */
  acknowledgedGuarded: number;
  lostGuarded: number;
  /** Time in which more than one reachable node said master, in ms. */
  twoMastersMs: number;
  healedMs: number;
  virtualMs: number;
}

/** What the groups of one world came to. */
export function together([first, ...others]: readonly Measures[]): Measures {
  if (!first) throw new Error('a world without a group');
  const sum = { ...first };
  for (const other of others) {
    for (const key of Object.keys(sum) as (keyof Measures)[]) {
      const once = key === 'healedMs' || key === 'virtualMs';
      sum[key] = once ? Math.max(sum[key], other[key]) : sum[key] + other[key];
    }
  }
  return sum;
}

const SAMPLED_MS = 50;
/** Two pulses that another process of the zone may have made, and the second that counts without a look. */
const UNSEEN_MS_MAX = 3100;

export class Meter {
  readonly #facts: Facts;
  readonly #cluster: Cluster;
  readonly #ways: readonly { readonly key: string; readonly node: SimulatedNode; readonly way: Way }[];
  readonly #count = {
    failovers: 0,
    automatic: 0,
    forced: 0,
    coordinated: 0,
    resumed: 0,
    aborted: 0,
    repairs: 0,
    begun: 0,
    vetoed: 0,
    cooledDown: 0,
    heldBack: 0,
    unequal: 0,
    writesLost: 0,
    dataLost: 0,
  };
  readonly #unreachable = new Map<string, { readonly from: number; until: number }[]>();
  #twoMastersMs = 0;
  #healedMs = 0;

  constructor(facts: Facts, cluster: Cluster, zones: readonly string[]) {
    this.#facts = facts;
    this.#cluster = cluster;
    this.#ways = cluster.nodes.flatMap((node) =>
      zones.map((zone) => ({
        key: `${zone} ${node.id}`,
        node,
        way: cluster.network.way(zone, node.id),
      })),
    );
    this.#sample();
  }

  stateWritten(before: MasterState | undefined, after: MasterState): void {
    const count = this.#count;
    const { failover } = after;
    const was = before?.failover;
    if (failover && was && failover.epoch !== was.epoch) count.resumed += 1;
    if (was && !failover && was.step !== 'reconfiguring') count.aborted += 1;
    if (before && was && before.configEpoch !== after.configEpoch) {
      count.failovers += 1;
      count[was.kind] += 1;
    }
    if (after.election && !before?.election && !failover) count.begun += 1;
    const why = after.limitation?.reason ?? '';
    if (after.limitation && after.limitation.at !== before?.limitation?.at) {
      if (why.startsWith('vetoed')) count.vetoed += 1;
      if (why.startsWith('cooling down')) count.cooledDown += 1;
      if (/^paused|^observe-only|min-replicas-visible/.test(why)) count.heldBack += 1;
    }
    const ended = after.lastFailover?.epoch !== before?.lastFailover?.epoch ? after.lastFailover : undefined;
    if (ended?.outcome.includes('did not come equal')) count.unequal += 1;
    const news = after.events.filter(({ seq }) => seq > (before?.lastSeq ?? 0));
    count.writesLost += news.filter(({ type }) => type === '+failover-writes-lost').length;
    count.dataLost += news.filter(({ type }) => type === '+data-lost').length;
    if (!failover)
      count.repairs += news.filter(
        ({ type }) => type === '+convert-to-slave' || type === '+fix-slave-config',
      ).length;
  }

  /** For how long a zone could not have had a valid reply of a node, at that moment of the world's time. */
  unreachableMs(zone: string, node: string, at: number): number {
    const streak = this.#unreachable.get(`${zone} ${node}`)?.findLast(({ from }) => from <= at);
    return streak && streak.until + UNSEEN_MS_MAX >= at ? at - streak.from + SAMPLED_MS : 0;
  }

  healedAfter(ms: number): void {
    this.#healedMs = Math.max(0, ms);
  }

  measures(acknowledged: readonly Acknowledged[]): Measures {
    const { state } = this.#facts;
    const master = state && this.#cluster.node(nodeId(state.master.address));
    const lost = master ? acknowledged.filter(({ write }) => !master.has(write)).length : 0;
    const guarded = this.#cluster.nodes.every(({ minReplicasToWrite }) => minReplicasToWrite > 0);
    return {
      ...this.#count,
      struck: this.#facts.struck,
      acknowledged: acknowledged.length,
      lost,
      acknowledgedGuarded: guarded ? acknowledged.length : 0,
      lostGuarded: guarded ? lost : 0,
      twoMastersMs: this.#twoMastersMs,
      healedMs: this.#healedMs,
      virtualMs: this.#facts.now,
    };
  }

  #sample(): void {
    const masters = this.#cluster.nodes.filter(({ life, upstream }) => life === 'up' && !upstream);
    if (masters.length > 1) this.#twoMastersMs += SAMPLED_MS;
    for (const { key, node, way } of this.#ways) this.#reach(key, node, way);
    this.#facts.timeline.quietly(SAMPLED_MS, () => this.#sample());
  }

  #reach(key: string, node: SimulatedNode, { passage, delayMs, lateUntil }: Way): void {
    const alive = node.life === 'up' && !node.busy && !node.diskFull;
    const { now } = this.#facts;
    if (alive && passage === 'open' && delayMs === 0 && lateUntil < now) return;
    const streaks = this.#unreachable.get(key) ?? [];
    this.#unreachable.set(key, streaks);
    const last = streaks.at(-1);
    // what comes back between two looks may be seen by nobody
    if (last && now - last.until <= UNSEEN_MS_MAX) last.until = now + SAMPLED_MS;
    else streaks.push({ from: now, until: now + SAMPLED_MS });
  }
}
