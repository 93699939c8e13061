/** SENTINEL FAILOVER: what is asked for is written down; a sentinel carries it out, for only those reach the nodes. */
import { fault } from '../directives.ts';
import { type Instant, type MasterState, nodeId, type SentinelId, sameAddress } from '../model.ts';
import { readNode } from './address.ts';
import { inProgress, live, noSuchMaster, type Outcome, refuse, refuseFaults } from './outcome.ts';

export interface FailoverRequest {
  /** Made by the caller, once for all tries: the same request twice is one. */
  readonly id: string;
  /** Whether the master hands over without losing a write. @default true */
  readonly coordinated?: unknown;
  /** The replica to promote, `host:port`. @default the best one */
  readonly to?: unknown;
}

export function failover(
  found: MasterState | undefined,
  { id, coordinated = true, to }: FailoverRequest,
  by: SentinelId,
  now: Instant,
): Outcome {
  const state = live(found);
  if (!state) return noSuchMaster();
  if (state.command?.id === id || state.lastCommand?.id === id) return { kind: 'unchanged', state };
  const node = to === undefined ? undefined : readNode(to);
  if (typeof coordinated !== 'boolean') {
    return refuseFaults([fault('coordinated', coordinated, 'true or false')]);
  }
  if (to !== undefined && !node) return refuseFaults([fault('to', to, 'the host:port of a replica')]);
  if (state.failover || state.command?.kind === 'failover') return inProgress();
  if (state.paused) return refuse('paused', `${state.name} is paused: resume it first`);
  if (state.directives.observeOnly) {
    return refuse('paused', `${state.name} is watched only: set observe-only no first`);
  }
  if (node && sameAddress(node, state.master.address)) {
    return refuse('is-the-master', `${nodeId(node)} is the master of ${state.name} already`);
  }
  const known = Object.values(state.replicas).filter(({ stranger }) => stranger === undefined);
  if (known.length === 0) return refuse('no-good-replica', NO_GOOD);
  if (node && !known.some(({ address }) => sameAddress(address, node))) {
    return refuse('no-good-replica', `${NO_GOOD}: ${nodeId(node)} is no known replica of ${state.name}`);
  }
  const command = { id, at: now.wall, by, kind: 'failover' as const, coordinated, ...(node && { to: node }) };
  return { kind: 'change', next: { ...state, command } };
}

const NO_GOOD = 'No suitable replica to promote';
