/**
 * The alert of one zone: the loop a sentinel stays in while something is wrong. Every master has its own loop, so
 * that a second one that dies while the first fails over is served as fast. A wake ends where the alert is held, so the
 * alert hears for itself of what a calm master's wakes are about: however long the pulse, it looks each second.
 */
import { type Pace, PULSE } from '../core/decision.ts';
import type { MonoMs } from '../core/model.ts';
import type { Self } from '../core/view.ts';
import { guarded } from './guarded.ts';
import { hint, load, look, settle, tell } from './tick.ts';
import { heedVigil } from './tilt.ts';
import type { Vigil } from './vigil.ts';
import { keepVigil, type Ports, type Watch } from './watch.ts';
import type { ZoneRecord } from './zone-record.ts';

const RENEWED_MS = 1000;
/** Kept free before the deadline for the hand-over's writes. */
const HANDOVER_MS = 1500;
/** A calm master is looked at after no more than this. */
const CALM_MS_MAX = 1000;
/** Of all calm masters together: for reading many views would hold up the one in trouble. */
const READS_PER_SECOND_MAX = 50;

export type AlertEnd =
  /** Every master is calm. */
  | 'alert over'
  /** The deadline is near: this zone is woken again through the stream. */
  | 'handed over'
  /** A newer incarnation holds the zone's alert. */
  | 'superseded';

export interface AlertOptions {
  readonly incarnation: number;
  readonly deadline: MonoMs;
  readonly pulseMs: number;
  readonly pulseLookMs: (watch: Watch) => number;
  readonly vigil: Vigil;
  /** The masters there are, as far as is known. */
  readonly watches: () => Iterable<Watch>;
  /** Learns which masters there are now: they come and go at run time. Never rejects. */
  readonly eachSecond: () => Promise<void>;
}

export class Alert {
  readonly #ports: Ports;
  readonly #record: ZoneRecord;
  readonly #options: AlertOptions;
  readonly #self: Self;
  readonly #leave = new AbortController();
  readonly #paces = new Map<Watch, Pace>();
  readonly #loops: Promise<void>[] = [];
  #end: AlertEnd = 'alert over';

  constructor(ports: Ports, record: ZoneRecord, self: Self, options: AlertOptions) {
    this.#ports = ports;
    this.#record = record;
    this.#self = { ...self, alertSince: ports.clock.now().mono };
    this.#options = options;
  }

  async run(): Promise<AlertEnd> {
    const { telemetry } = this.#ports;
    telemetry.log('info', `in alert as incarnation ${this.#options.incarnation}`);
    this.#watchThem();
    while (!this.#leave.signal.aborted) await this.#renewEachSecond();
    await Promise.all(this.#loops);
    await this.#release();
    telemetry.log('info', `incarnation ${this.#options.incarnation}: ${this.#end}`);
    return this.#end;
  }

  /**
   * Asked when it is over and released: wakes were turned away while it was held, and the last read of what they were
   * about may be older.
   * @returns whether something that was written since calls for another alert
   */
  async missedWake(): Promise<boolean> {
    const missed = await Promise.all(
      [...this.#paces.keys()].map((watch) =>
        guarded(this.#ports.telemetry, `looking after ${watch.name}`, async () => {
          await load(watch, this.#ports);
          const decision = hint(watch, this.#ports, this.#self);
          return decision !== undefined && decision.pace.kind !== 'pulse';
        }),
      ),
    );
    return missed.includes(true);
  }

  #endBy(how: AlertEnd): void {
    if (this.#leave.signal.aborted) return;
    this.#end = how;
    this.#leave.abort();
  }

  async #renewEachSecond(): Promise<void> {
    const { clock, telemetry } = this.#ports;
    await clock.sleep(RENEWED_MS, this.#leave.signal);
    if (this.#leave.signal.aborted) return;
    const renewed = await guarded(telemetry, 'renewing the alert', () =>
      this.#record.renewAlert(this.#options.incarnation),
    );
    if (renewed === false) this.#endBy('superseded');
    await this.#options.eachSecond();
    this.#watchThem();
  }

  #watchThem(): void {
    const there = new Set(this.#options.watches());
    for (const watch of this.#paces.keys()) if (!there.has(watch)) this.#paces.delete(watch);
    for (const watch of there) {
      if (this.#paces.has(watch)) continue;
      // the look that raised the alert is a moment old: tell of it before looking again
      this.#paces.set(watch, { kind: 'alert', afterMs: 0, poll: true });
      this.#loops.push(this.#watch(watch));
    }
    this.#endIfCalm();
  }

  async #watch(watch: Watch): Promise<void> {
    const { clock, telemetry } = this.#ports;
    const { wroteAt: _, ...memory } = watch.memory;
    watch.memory = memory; // the lease of an earlier incarnation is not this one's
    keepVigil(watch, this.#options.vigil);
    for (;;) {
      const pace = this.#paces.get(watch);
      if (!pace) return; // the master was removed
      const waitMs = this.#waitMs(pace);
      if (waitMs > 0) await clock.sleep(waitMs, this.#leave.signal); // a timer of 0 ms takes more than one
      if (this.#leave.signal.aborted || !this.#paces.has(watch)) return;
      heedVigil(watch, this.#ports);
      if (clock.now().mono >= this.#options.deadline - HANDOVER_MS) return this.#endBy('handed over');
      const next = await guarded(telemetry, `looking after ${watch.name}`, () => this.#tick(watch, pace));
      if (!this.#paces.has(watch)) return;
      this.#paces.set(watch, next ?? PULSE);
      this.#endIfCalm();
    }
  }

  #endIfCalm(): void {
    if ([...this.#paces.values()].every(({ kind }) => kind === 'pulse')) this.#endBy('alert over');
  }

  #waitMs(pace: Pace): number {
    if (pace.kind === 'alert') return pace.afterMs;
    return pace.kind === 'pulse' ? this.#calmMs : 0;
  }

  get #calmMs(): number {
    return Math.min(this.#options.pulseMs, CALM_MS_MAX);
  }

  get #rereadMs(): number {
    return Math.max(this.#calmMs, (this.#paces.size / READS_PER_SECOND_MAX) * 1000);
  }

  async #tick(watch: Watch, pace: Pace): Promise<Pace> {
    const inAlert = pace.kind === 'alert';
    if (!watch.read) await load(watch, this.#ports); // its nodes are to be looked at before anything is decided
    if (!watch.read) return PULSE; // it was removed
    const intervalMs = watch.read.state.directives.alertIntervalMs;
    const sinceLookMs = this.#ports.clock.now().mono - watch.lookedAt;
    const full = inAlert && pace.full === true;
    const mayPoll = watch.stalled === undefined; // what was seen is void: nothing can be told without a look
    if (!(inAlert && pace.poll && mayPoll && sinceLookMs < intervalMs)) {
      const timeoutMs = inAlert ? intervalMs : this.#options.pulseLookMs(watch);
      await look(watch, this.#ports, { timeoutMs, full });
    }
    if (!inAlert && !hint(watch, this.#ports, this.#self, this.#rereadMs)) return PULSE;
    // the look belongs to a decision whose write is the newest state there is: it need not be read again
    const own = full || (inAlert && pace.own === true);
    return settle(watch, this.#ports, this.#self, own && watch.read?.readAt === watch.memory.wroteAt);
  }

  /** The hint is taken back first: whoever the hand-over wakes must find the alert free. */
  async #release(): Promise<void> {
    if (this.#end === 'superseded') return;
    const { telemetry } = this.#ports;
    await guarded(telemetry, 'releasing the alert', () =>
      this.#record.releaseAlert(this.#options.incarnation),
    );
    if (this.#end !== 'handed over') return;
    for (const [watch, pace] of this.#paces) {
      if (pace.kind === 'pulse') continue;
      await guarded(telemetry, 'handing over', () => tell(watch, this.#ports, this.#self, true));
    }
  }
}
