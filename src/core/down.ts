/** S_DOWN of the named master in all its forms, and the moment at which each comes true. */
import type { Instant, MasterState, MonoMs } from './model.ts';
import { type NodeMemory, subjectivelyDown, subjectivelyDownAt } from './observation.ts';

export type WhyDown =
  /** No valid reply for down-after: the only form that the replicas' word can veto. */
  | 'no reply'
  /** It says replica in two looks: it takes no writes, and may itself be promoted again. */
  | 'says replica'
  /** Another process took its address without its data: the replicas have them still, for a moment. */
  | 'emptied'
  /** It rebooted and loads for longer than master-reboot-down-after-period. */
  | 'reboots';

/** Looks that must agree before a master that says replica is taken at its word. */
const REPLICA_LOOKS = 2;
const PULSE_MS_MAX = 60_000;

export function whyDown(
  state: MasterState,
  master: NodeMemory | undefined,
  now: Instant,
): WhyDown | undefined {
  if (!master) return undefined;
  if (subjectivelyDown(master, state.directives.downAfterMs)) return 'no reply';
  const { saysReplica, emptiedRunId } = master;
  if (master.last.outcome !== 'answered') return undefined;
  if (emptiedRunId !== undefined && emptiedRunId !== state.master.runId) return 'emptied';
  if (saysReplica?.configEpoch === state.configEpoch && saysReplica.looks >= REPLICA_LOOKS)
    return 'says replica';
  return now.mono >= (rebootDownAt(state, master) ?? Number.POSITIVE_INFINITY) ? 'reboots' : undefined;
}

/** When the master becomes S_DOWN if it goes on like this; undefined while nothing speaks for it. */
export function downAt(state: MasterState, master: NodeMemory): MonoMs | undefined {
  const byReply = subjectivelyDownAt(master, state.directives.downAfterMs);
  const found = [byReply, rebootDownAt(state, master), master.unfitSince];
  const known = found.filter((at) => at !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** Whether the very next look may find it S_DOWN: a second look is owed at once. */
export function aboutToBeDown(state: MasterState, master: NodeMemory | undefined): boolean {
  return master?.saysReplica?.configEpoch === state.configEpoch;
}

/** It loads, and what it is given for that runs out before the next pulse could come, were that the longest there is. */
export function runsOutOfTime(state: MasterState, master: NodeMemory | undefined, now: Instant): boolean {
  const at = master && rebootDownAt(state, master);
  return at !== undefined && at - now.mono <= PULSE_MS_MAX;
}

function rebootDownAt({ directives }: MasterState, { rebootedAt }: NodeMemory): MonoMs | undefined {
  const { masterRebootDownAfterMs } = directives;
  if (masterRebootDownAfterMs === 0 || rebootedAt === undefined) return undefined;
  return rebootedAt + masterRebootDownAfterMs;
}

export function describeWhyDown(why: WhyDown): string {
  switch (why) {
    case 'no reply':
      return 'gives no valid reply';
    case 'says replica':
      return 'says that it is a replica';
    case 'emptied':
      return 'came back without its data';
    case 'reboots':
      return 'has rebooted and is still loading';
  }
}
