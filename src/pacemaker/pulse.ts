/** What comes out of the queue: each slot makes the zones look, one after the other. */
import type { EpochMs, SentinelId } from '../core/model.ts';
import type { Clock, Telemetry } from '../ports.ts';
import { type Delivery, judge, type Pace, type ZonePulse } from './slot-message.ts';

export interface PulsePorts {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Starts the zone's function without waiting for it. */
  readonly invoke: (zone: SentinelId, slot: EpochMs) => Promise<void>;
}

/** Far more than are under way at once. */
const REMEMBERED_MAX = 1000;

export class Pulses {
  readonly #ports: PulsePorts;
  readonly #pace: Pace;
  /**
   * What this environment has pulsed. A standard queue may deliver a message twice; nearly always it is this
   * environment that finds it so. It is a help: a pulse too many only looks once more.
   */
  readonly #pulsed = new Set<string>();

  constructor(ports: PulsePorts, pace: Pace) {
    this.#ports = ports;
    this.#pace = pace;
  }

  /** Never rejects. @returns whether this delivery has done all it can: false to have it come again */
  async deliver(delivery: Delivery): Promise<boolean> {
    const verdict = judge(delivery, this.#ports.clock.now().wall, this.#pace);
    switch (verdict.kind) {
      case 'unreadable': // and would be so again
        this.#ports.telemetry.log('error', `a message was passed over: ${verdict.reason}`);
        return true;
      case 'stale':
        this.#ports.telemetry.log('warn', 'a slot came too late and was dropped', { ...verdict });
        return true;
      case 'pulse': {
        const done = await Promise.all(verdict.pulses.map((pulse) => this.#pulse(verdict.slot, pulse)));
        return done.every(Boolean);
      }
    }
  }

  async #pulse(slot: EpochMs, { zone, waitMs }: ZonePulse): Promise<boolean> {
    const { clock, invoke, telemetry } = this.#ports;
    const key = `${slot} ${zone}`;
    if (this.#pulsed.has(key)) return true;
    this.#remember(key);
    if (waitMs > 0) await clock.sleep(waitMs);
    try {
      await invoke(zone, slot);
      return true;
    } catch (error) {
      this.#pulsed.delete(key);
      telemetry.log('error', `zone ${zone} could not be invoked: ${(error as Error).message}`, { slot });
      return false;
    }
  }

  #remember(key: string): void {
    this.#pulsed.add(key);
    const [oldest] = this.#pulsed;
    if (this.#pulsed.size > REMEMBERED_MAX && oldest !== undefined) this.#pulsed.delete(oldest);
  }
}
