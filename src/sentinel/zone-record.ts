/**
 * The zone's own record in the table: heartbeat, incarnation, and the hint who holds the alert. Taking the alert is a
 * conditional write that raises the incarnation; whoever comes second is refused.
 */
import type { Address, MonoMs, SentinelId, SentinelRecord } from '../core/model.ts';
import type { Clock, StateStore } from '../ports.ts';

const HEARTBEAT_MS_MIN = 30_000;
const ALERT_HINT_MS = 3000;

export interface ZoneRecordOptions {
  readonly id: SentinelId;
  readonly pulseMs: number;
  /** Asked at each write. @default - clients cannot reach it */
  readonly address?: () => Address | undefined;
}

export class ZoneRecord {
  readonly #options: ZoneRecordOptions;
  readonly #store: StateStore;
  readonly #clock: Clock;
  #known: SentinelRecord | undefined;
  #beatAt: MonoMs = Number.NEGATIVE_INFINITY;

  constructor(options: ZoneRecordOptions, { store, clock }: { store: StateStore; clock: Clock }) {
    this.#options = options;
    this.#store = store;
    this.#clock = clock;
  }

  /** Every 30 s, or every pulse if that is longer. */
  async beat(): Promise<void> {
    const now = this.#clock.now();
    if (now.mono - this.#beatAt < Math.max(HEARTBEAT_MS_MIN, this.#options.pulseMs)) return;
    this.#known = await this.#store.readSentinel(this.#options.id);
    await this.#put(this.#known?.incarnation ?? 1, this.#known?.alertUntil);
    this.#beatAt = now.mono;
  }

  async alertHeldElsewhere(): Promise<boolean> {
    this.#known = await this.#store.readSentinel(this.#options.id);
    return (this.#known?.alertUntil ?? 0) > this.#clock.now().wall;
  }

  /** @returns the incarnation taken, undefined when another invocation took it first */
  async takeAlert(): Promise<number | undefined> {
    const incarnation = (this.#known?.incarnation ?? 0) + 1;
    return (await this.#put(incarnation, this.#hint())) ? incarnation : undefined;
  }

  /** @returns false when a newer incarnation holds the alert; a renewal that got lost is made good by the next one */
  async renewAlert(incarnation: number): Promise<boolean> {
    if (await this.#put(incarnation, this.#hint())) return true;
    this.#known = await this.#store.readSentinel(this.#options.id);
    return (this.#known?.incarnation ?? 0) <= incarnation;
  }

  async releaseAlert(incarnation: number): Promise<boolean> {
    return this.#put(incarnation, undefined);
  }

  #hint(): number {
    return this.#clock.now().wall + ALERT_HINT_MS;
  }

  async #put(incarnation: number, alertUntil: number | undefined): Promise<boolean> {
    const { id, address } = this.#options;
    const at = address?.();
    const record: SentinelRecord = {
      sentinel: id,
      incarnation,
      at: this.#clock.now().wall,
      ...(alertUntil !== undefined && { alertUntil }),
      ...(at && { address: at }),
    };
    const written = (await this.#store.putSentinel(record, this.#known?.incarnation ?? 0)) === 'written';
    if (written) this.#known = record;
    return written;
  }
}
