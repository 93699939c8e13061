/**
 * The decision of one sentinel about one master, from everything it knows and nothing else. Read this file from top
 * to bottom: the first rule that has something to say decides, and says why.
 */

import { adopt } from './adoption.ts';
import {
  firstDownAt,
  masterValidAt,
  objectivelyDown,
  sentinelsLastSeeingDown,
  sentinelsSeeingDown,
} from './agreement.ts';
import { carryOutCommand } from './commanded.ts';
import { type Decision, nothing, type Pace, PULSE } from './decision.ts';
import { discover } from './discovery.ts';
import { aboutToBeDown, describeWhyDown, downAt, runsOutOfTime } from './down.ts';
import { acceptLoss } from './emptied.ts';
import { aboutMaster, record } from './events.ts';
import { coolingDown, failoverLimitation, newLimitation, standsBack, vetoIn } from './limitation.ts';
import type { Instant, MasterState } from './model.ts';
import { alarming, describeHealth, reached } from './observation.ts';
import { candidacy, interval, POLL, takePart } from './part.ts';
import { endScripts } from './scripts.ts';
import { join, repair } from './topology.ts';
import { type Self, type Situation, situation, type View } from './view.ts';

/** How long an S_DOWN that leads nowhere keeps a sentinel in alert: as long as a report stays fresh. */
const HOPEFUL_MS = 5000;
/** The zones' own S_DOWNs come within this of each other, when they come. */
const IMMINENT_MS = 1000;

export function decide(view: View, self: Self, now: Instant): Decision {
  const s = situation(view, self, now);
  if (self.tilt) return nothing(`TILT: ${self.tilt.why}`, self.tilt.passing ? interval(s) : PULSE);
  const decision =
    join(s) ?? carryOutCommand(s) ?? takePart(s) ?? (s.masterDown ? masterDown(s) : masterUp(s));
  return endScripts(s, decision);
}

/** The master is not S_DOWN: close what is over, learn, repair; look faster when it may be dying. */
function masterUp(s: Situation): Decision {
  const { state, master, now, self } = s;
  // misconfigured is not down either
  const up = reached(master) || master?.last.outcome === 'misconfigured';
  if (state.outage && up && !objectivelyDown(s)) {
    const { outage: _, limitation: __, ...rest } = state;
    const over = aboutMaster('-odown', state.name, state.master.address);
    return {
      ...nothing(`the master ${describeHealth(master, now)} again`),
      write: record(rest, self.id, now, [over]),
    };
  }
  const back = standsBack(state);
  const work = discover(s) ?? (back === undefined ? repair(s) : adopt(s));
  if (work) return work;
  const reason = `the master ${describeHealth(master, now)}${back === undefined ? '' : `; ${back}`}`;
  if (aboutToBeDown(state, master)) return nothing('the master says replica', interval(s));
  const alarmed = master && alarming(master, state.directives.downAfterMs, now);
  if (!master || !(alarmed || runsOutOfTime(state, master, now))) return nothing(reason);
  const deadline = downAt(state, master) ?? now.mono;
  const afterMs = Math.min(state.directives.alertIntervalMs, Math.max(deadline - now.mono, 1));
  return nothing(reason, { kind: 'alert', afterMs });
}

/** S_DOWN here. Either a failover may start, or the reason why not is said. */
function masterDown(s: Situation): Decision {
  const { state, me, why } = s;
  const adopted = acceptLoss(s) ?? (standsBack(state) === undefined ? undefined : adopt(s));
  if (adopted) return adopted;
  const limitation = failoverLimitation(s);
  const down = sentinelsSeeingDown(s).length;
  const { quorum } = state.directives;
  const known = down >= quorum && !state.outage ? recordOutage(s, down) : state;
  if (limitation !== undefined) {
    const what =
      why === 'no reply' || why === undefined ? describeHealth(s.master, s.now) : describeWhyDown(why);
    const limited = nothing(`the master ${what}, no failover: ${limitation}`, hope(s));
    const write = down >= quorum ? withLimitation(s, known, limitation) : known;
    return write === state ? limited : { ...limited, write };
  }
  if (!me) return nothing('O_DOWN: a failover may start', { kind: 'alert', afterMs: 0 });
  const reason = `O_DOWN (${down} of ${quorum}): taking epoch ${state.currentEpoch + 1}`;
  const { limitation: _, ...unlimited } = known;
  return candidacy({ ...s, me }, unlimited, reason);
}

/** O_DOWN, written once for all: the link-down limit of the selection counts from what it says. */
function recordOutage(s: Situation, down: number): MasterState {
  const { state, now, self } = s;
  const sdown = firstDownAt(s);
  const outage = { since: now.wall, masterValidAt: masterValidAt(s), ...(sdown !== undefined && { sdown }) };
  const suffix = `#quorum ${down}/${state.directives.quorum}`;
  return record({ ...state, outage }, self.id, now, [
    aboutMaster('+odown', state.name, state.master.address, suffix),
  ]);
}

function withLimitation(s: Situation, state: MasterState, reason: string): MasterState {
  const limitation = newLimitation(s, reason);
  if (!limitation) return state;
  const veto = vetoIn(reason);
  const limited = { ...state, limitation };
  return veto === undefined
    ? limited
    : record(limited, s.self.id, s.now, [
        aboutMaster('+failover-veto', state.name, state.master.address, `#${veto}`),
      ]);
}

/** Patience for what may change within seconds; after that the pulse is enough, and costs no more than health. */
function hope(s: Situation): Pace {
  const { state, master, now, self, me } = s;
  if (coolingDown(s) || standsBack(state) !== undefined) return PULSE;
  const since = (master && downAt(state, master)) ?? Number.NEGATIVE_INFINITY;
  const forMs = now.mono - Math.max(since, self.alertSince ?? Number.NEGATIVE_INFINITY);
  if (forMs < IMMINENT_MS) return POLL;
  if (forMs < HOPEFUL_MS) return interval(s);
  // slow pulses never meet: when only fresh reports are missing, the alert wakes the others to give them
  const missing = state.directives.quorum - sentinelsSeeingDown(s).length;
  const mayCome = sentinelsLastSeeingDown(s).length + 1 >= state.directives.quorum;
  return !me && missing > 0 && mayCome ? { kind: 'alert', afterMs: 0 } : PULSE;
}
