/** Which zones a batch wakes: each at most once, with the reasons of all its records. */
import { type Change, masterOf } from '../core/change.ts';
import type { MonoMs, Observation, SentinelId } from '../core/model.ts';
import { type Wake, wakeOnObservation, wakeOnState } from '../core/wake.ts';
import type { BatchRecord } from './batch.ts';

/** One that is in alert says so at least every second. */
const IN_ALERT_MS = 1500;

export interface ZoneWake {
  readonly zone: SentinelId;
  readonly reasons: readonly string[];
  /** The records that call for it. */
  readonly records: readonly BatchRecord[];
}

export class Wakes {
  readonly #zones: readonly SentinelId[];
  /**
   * When each zone was last heard to be in alert for a master: waking it for that one would only start another of its
   * environments to find that out. A hint, for a failover wakes every zone several times.
   */
  readonly #heardInAlert = new Map<string, MonoMs>();

  constructor(zones: Iterable<SentinelId>) {
    this.#zones = [...zones];
  }

  of(batch: readonly BatchRecord[], now: MonoMs): ZoneWake[] {
    for (const { change } of batch) if (change.kind === 'observation') this.#hear(change.after, now);
    const wakes = new Map<SentinelId, { reasons: string[]; records: BatchRecord[] }>();
    for (const record of batch) {
      const wake = wakeOf(record.change);
      for (const zone of wake ? this.#zonesOf(wake, masterOf(record.change), now) : []) {
        const { reasons, records } = wakes.get(zone) ?? { reasons: [], records: [] };
        wakes.set(zone, { reasons: [...reasons, wake?.reason ?? ''], records: [...records, record] });
      }
    }
    return [...wakes].map(([zone, wake]) => ({ zone, ...wake }));
  }

  #hear({ master, sentinel, alert, handover }: Observation, now: MonoMs): void {
    if (alert && !handover) this.#heardInAlert.set(`${master} ${sentinel}`, now);
    else this.#heardInAlert.delete(`${master} ${sentinel}`);
  }

  #zonesOf(wake: Wake, master: string, now: MonoMs): readonly SentinelId[] {
    if (wake.kind === 'one') return [wake.sentinel];
    const awake = (zone: SentinelId) =>
      now - (this.#heardInAlert.get(`${master} ${zone}`) ?? Number.NEGATIVE_INFINITY) < IN_ALERT_MS;
    return this.#zones.filter((zone) => zone !== wake.except && !awake(zone));
  }
}

function wakeOf(change: Change): Wake | undefined {
  return change.kind === 'state'
    ? wakeOnState(change.before, change.after)
    : wakeOnObservation(change.before, change.after);
}
