/** What may go wrong in a round, in words that fit any sentinels: zones of ours, or redis-sentinel processes. */
import type { Step } from '../local/kills.ts';
import type { Weather } from './door.ts';

/** Whoever that is when the fault begins; replicas in the order of the nodes. */
export const NODES = ['the master', 'the first replica', 'the second replica'] as const;
export type NodeRole = (typeof NODES)[number];

/** How the sentinels' common ground fails one of them: the table here, the links among the sentinels there. */
export type Trouble =
  | { readonly kind: 'refuses' | 'throttles' | 'is cut' | 'is silent' | 'loses replies' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'wrong clock'; readonly aheadMs: number };

export type Fault =
  | { readonly kind: 'node killed' | 'node hung'; readonly node: NodeRole }
  /** `zone killed`: it may start again at once. `zone gone`: not before the fault is lifted. */
  | { readonly kind: 'zone killed' | 'zone gone' | 'zone hung'; readonly zone: number }
  /** Whoever leads the next failover, at that step of it. */
  | { readonly kind: 'leader killed' | 'leader hung'; readonly step: Step }
  | {
      readonly kind: 'path';
      readonly zones: readonly number[];
      readonly nodes: readonly NodeRole[];
      readonly weather: Weather;
    }
  /** Connections between them are reset, once. */
  | { readonly kind: 'path cut'; readonly zones: readonly number[]; readonly nodes: readonly NodeRole[] }
  /** From a replica to whatever node it follows. */
  | { readonly kind: 'replication'; readonly nodes: readonly NodeRole[]; readonly weather: Weather }
  | { readonly kind: 'agreement'; readonly zones: readonly number[]; readonly trouble: Trouble }
  /** Readers are told the last that is known. */
  | { readonly kind: 'endpoint'; readonly trouble: Trouble }
  /** Nobody is woken: what stands in the table is found at the next pulse. */
  | { readonly kind: 'no wakes' }
  /** An operator asks for a failover. */
  | { readonly kind: 'asked'; readonly how: 'coordinated' | 'forced' };

export function describe(fault: Fault): string {
  switch (fault.kind) {
    case 'node killed':
    case 'node hung':
      return `${fault.node} ${fault.kind.slice(5)}`;
    case 'zone killed':
    case 'zone gone':
    case 'zone hung':
      return `zone ${fault.zone} ${fault.kind.slice(5)}`;
    case 'leader killed':
    case 'leader hung':
      return `${fault.kind} at "${fault.step}"`;
    case 'path':
      return `from zone ${fault.zones.join('+')} to ${fault.nodes.join('+')}: ${weatherOf(fault.weather)}`;
    case 'path cut':
      return `from zone ${fault.zones.join('+')} to ${fault.nodes.join('+')}: reset`;
    case 'replication':
      return `replication of ${fault.nodes.join('+')}: ${weatherOf(fault.weather)}`;
    case 'agreement':
      return `the table for zone ${fault.zones.join('+')}: ${troubleOf(fault.trouble)}`;
    case 'endpoint':
      return `the table for the endpoint: ${troubleOf(fault.trouble)}`;
    case 'no wakes':
      return 'no wakes';
    case 'asked':
      return `a ${fault.how} failover asked for`;
  }
}

function weatherOf(weather: Weather): string {
  if (weather.kind === 'slow') return `slow by ${weather.delayMs} ms`;
  if (weather.kind === 'silent')
    return weather.way === 'both' ? 'silent' : `silent on the way ${weather.way}`;
  return weather.kind;
}

function troubleOf(trouble: Trouble): string {
  if (trouble.kind === 'slow') return `slow by ${trouble.delayMs} ms`;
  if (trouble.kind === 'wrong clock') return `its clock ahead by ${trouble.aheadMs} ms`;
  return trouble.kind;
}
