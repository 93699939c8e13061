/** Which zones a change in the table wakes: the relay's only decision, and the one that must not wait. */
import type { MasterState, Observation, SentinelId } from './model.ts';

/** Who is to be woken: the voters but for `except`, or one zone alone. */
export type Wake =
  | { readonly kind: 'others'; readonly except: SentinelId | undefined; readonly reason: string }
  | { readonly kind: 'one'; readonly sentinel: SentinelId; readonly reason: string };

/** A sentinel newly in trouble wakes the others; one whose deadline is near wakes its own zone. */
export function wakeOnObservation(before: Observation | undefined, after: Observation): Wake | undefined {
  const { sentinel } = after;
  if (after.handover && !(before?.handover === true && before.seq === after.seq)) {
    return { kind: 'one', sentinel, reason: `${sentinel} hands its alert over` };
  }
  const worse = after.subjectivelyDown && before?.subjectivelyDown !== true;
  const alerted = after.alert && before?.alert !== true;
  if (worse || alerted) {
    return { kind: 'others', except: sentinel, reason: `${sentinel}: ${after.detail}` };
  }
  return undefined;
}

/** A new epoch needs votes, and a switch is to be known by all. */
export function wakeOnState(before: MasterState | undefined, after: MasterState): Wake | undefined {
  const by = after.events.at(-1)?.by;
  if (after.election && before?.election?.epoch !== after.election.epoch) {
    return { kind: 'others', except: by, reason: `an election opened in epoch ${after.election.epoch}` };
  }
  if (after.command && before?.command?.id !== after.command.id) {
    const { by: operator, kind } = after.command;
    return { kind: 'others', except: undefined, reason: `${operator} asked for a ${kind}` };
  }
  if (before && before.configEpoch !== after.configEpoch) {
    return { kind: 'others', except: by, reason: `the master switched in epoch ${after.configEpoch}` };
  }
  return undefined;
}
