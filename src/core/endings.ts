/** How a failover ends: aborted before its intent, without a switch, or with everything done. */
import type { Decision } from './decision.ts';
import { coolDownAfter } from './election.ts';
import { aboutMaster, type Happening, record } from './events.ts';
import type { Leading } from './failover.ts';
import { unpauseFirst } from './handover.ts';
import type { FailoverRecord, MasterState } from './model.ts';

/** Before the intent only: after it there is no abort. */
export function abort(s: Leading, why: string, happening: Happening, coolDown = false): Decision {
  const { state, now, me } = s;
  const { failover: _, ...rest } = state;
  const next: MasterState = {
    ...rest,
    lastFailover: closedRecord(s, why),
    ...(coolDown && { coolDown: coolDownAfter(state, now, why) }),
  };
  return {
    reason: `failover aborted: ${why}`,
    write: record(next, me.sentinel, now, [happening]),
    commands: [],
    pace: { kind: 'alert', afterMs: state.directives.alertIntervalMs },
  };
}

/** A coordinated failover that touched no role: the old master goes on, and is freed first if it was paused. */
export function endWithoutSwitch(s: Leading, why: string, who: 'slave' | 'master'): Decision {
  const freed = unpauseFirst(s);
  if (freed) return freed;
  const { state, failover } = s;
  const timedOut = aboutMaster(`-failover-abort-${who}-timeout`, state.name, failover.oldMaster);
  return { ...abort(s, why, timedOut), reason: `ended without a switch: ${why}` };
}

export function endFailover(s: Leading): Decision {
  const { state, failover, now, me } = s;
  const timedOut = now.wall - (failover.timeline.switched ?? now.wall) > state.directives.failoverTimeoutMs;
  const outcome = s.masterDown
    ? 'switched; the new master went down'
    : timedOut
      ? 'switched; some replicas were not reconfigured in time'
      : 'switched';
  const { failover: _, coolDown: __, ...rest } = state;
  const about = (type: string) => aboutMaster(type, state.name, failover.oldMaster);
  const happenings = timedOut
    ? [about('+failover-end-for-timeout'), about('+failover-end')]
    : [about('+failover-end')];
  return {
    reason: `failover ended: ${outcome}`,
    write: record({ ...rest, lastFailover: closedRecord(s, outcome) }, me.sentinel, now, happenings),
    commands: [],
    pace: { kind: 'alert', afterMs: 0 },
  };
}

/** What is kept of a failover that ends now, whoever ends it. */
export function closedRecord(
  { failover, now, state }: Pick<Leading, 'failover' | 'now' | 'state'>,
  outcome: string,
): FailoverRecord {
  return {
    epoch: failover.epoch,
    leader: failover.leader.sentinel,
    from: failover.oldMaster,
    ...(failover.step === 'reconfiguring' && { to: state.master.address }),
    kind: failover.kind,
    outcome,
    passedOver: failover.passedOver,
    ...(failover.writesLost !== undefined && { writesLost: failover.writesLost }),
    ...(failover.twoMasters && { twoMasters: failover.twoMasters }),
    timeline: { ...failover.timeline, ended: now.wall },
  };
}
