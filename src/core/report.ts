/** This sentinel's observation: what it tells the others, and when it must be told again. */
import { conditionsChanged, conditionsOf } from './conditions.ts';
import { describeWhyDown } from './down.ts';
import { aboutMaster, type Happening, number } from './events.ts';
import { replicasHearing } from './evidence.ts';
import { failoverLimitation } from './limitation.ts';
import { type Instant, nodeId, type Observation, SCHEMA, sameAddress, wallAt } from './model.ts';
import { alarming, describeHealth, health } from './observation.ts';
import { type Self, type Situation, situation, type View } from './view.ts';

/** In alert an observation is rewritten at least every second; a little earlier, so that it is. */
const REWRITE_MS = 900;
const EVENTS_KEPT = 16;

/**
 * @param before - this sentinel's last observation, from memory or from the table
 * @returns undefined when nothing need be written: all is well, or what stands in the table still says it
 */
export function report(
  view: View,
  self: Self,
  before: Observation | undefined,
  now: Instant,
  handover = false,
): Observation | undefined {
  const s = situation(view, self, now);
  const { state, master, masterDown } = s;
  if (!master) return undefined;
  const same =
    before !== undefined &&
    sameAddress(before.address, state.master.address) &&
    before.configEpoch === state.configEpoch;
  const unended = same && (before.subjectivelyDown || before.unended === true);
  const next = tell(s, master, before, handover, { unended, conditions: same ? before.conditions : {} });
  const changes = happenings(s, same ? before : undefined, next);
  // TILT is told of any observation, for it is about the sentinel and not about the master
  if (before?.tilt === undefined && self.tilt)
    changes.unshift({ type: '+tilt', payload: '#tilt mode entered' });
  if (before?.tilt !== undefined && !self.tilt) changes.push({ type: '-tilt', payload: '#tilt mode exited' });
  const worthTelling =
    masterDown || next.alert || changes.length > 0 || (same && (before.subjectivelyDown || before.alert));
  if (!worthTelling) return undefined;
  if (changes.length > 0) {
    const events = number(before?.events.at(-1)?.seq ?? 0, self.id, now, changes);
    return { ...next, events: [...next.events, ...events].slice(-EVENTS_KEPT) };
  }
  return same && !handover && saysTheSame(before, next) && now.wall - before.at < REWRITE_MS
    ? undefined
    : next;
}

function tell(
  s: Situation,
  master: NonNullable<Situation['master']>,
  before: Observation | undefined,
  handover: boolean,
  told: { readonly unended: boolean; readonly conditions: Observation['conditions'] },
): Observation {
  const { state, self, now, masterDown, memory, why } = s;
  const { downAfterMs } = state.directives;
  const troubled = masterDown || (self.tilt === undefined && alarming(master, downAfterMs, now));
  const detail = why === undefined || why === 'no reply' ? describeHealth(master, now) : describeWhyDown(why);
  const limitation = masterDown ? failoverLimitation(s) : undefined;
  const conditions = conditionsOf(s, told.conditions ?? {});
  // a process that has only just begun to look, or slept, has no word of its own yet that could end it
  const unended = told.unended && !masterDown && !self.tilt && master.noReplySince !== undefined;
  return {
    schema: SCHEMA,
    master: state.name,
    sentinel: self.id,
    incarnation: self.incarnation ?? before?.incarnation ?? 0,
    seq: (before?.seq ?? 0) + 1,
    at: now.wall,
    address: state.master.address,
    configEpoch: state.configEpoch,
    health: health(master),
    subjectivelyDown: masterDown,
    ...(unended && { unended }),
    ...(self.tilt && { tilt: self.tilt.why }),
    ...(limitation !== undefined && { limitation }),
    ...(Object.keys(conditions).length > 0 && { conditions }),
    detail: `${nodeId(state.master.address)} ${detail}`,
    ...(master.lastValidAt !== undefined && { lastValidAt: wallAt(master.lastValidAt, now) }),
    heardBy:
      why === undefined || why === 'no reply' ? replicasHearing(memory.evidence, downAfterMs, now.mono) : [],
    alert: self.incarnation !== undefined && (handover || troubled),
    handover,
    events: before?.events ?? [],
  };
}

/** What has changed since this sentinel last told of this configuration. */
function happenings(s: Situation, before: Observation | undefined, next: Observation): Happening[] {
  const { state } = s;
  const [was, is] = [before, next].map((one) => one?.subjectivelyDown === true || one?.unended === true);
  return [
    ...(is === was ? [] : [aboutMaster(is ? '+sdown' : '-sdown', state.name, state.master.address)]),
    ...conditionsChanged(s, before?.conditions ?? {}, next.conditions ?? {}),
  ];
}

function saysTheSame(a: Observation, b: Observation): boolean {
  return (
    a.incarnation === b.incarnation &&
    a.health === b.health &&
    a.subjectivelyDown === b.subjectivelyDown &&
    a.tilt === b.tilt &&
    a.alert === b.alert &&
    a.handover === b.handover &&
    a.heardBy.join() === b.heardBy.join()
  );
}
