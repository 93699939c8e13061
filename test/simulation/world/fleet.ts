/**
 * What runs the zones: a schedule, wake-ups from the table's stream, and execution environments that serve one
 * invocation at a time, stand frozen between two, and are ended at their deadline.
 */
import type { MasterState, Observation, SentinelId } from '../../../src/core/model.ts';
import { type Wake, wakeOnObservation, wakeOnState } from '../../../src/core/wake.ts';
import { Host } from './host.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';
import type { ZoneProcess } from './zone-process.ts';

export interface FleetOptions {
  readonly zones: readonly SentinelId[];
  readonly pulseMs: number;
  /** How long an invocation may take before the platform ends it. */
  readonly deadlineMs: number;
  readonly start: (host: Host) => ZoneProcess;
  /** An invocation threw. */
  readonly failed: (host: Host, error: Error) => void;
}

/** What befalls schedules and wake-ups, each with its probability. */
export interface CallTrouble {
  lost: number;
  doubled: number;
}

export class Fleet {
  readonly trouble: CallTrouble = { lost: 0, doubled: 0 };
  /** Zones whose calls are all lost. */
  readonly muted = new Set<SentinelId>();
  /** How far each zone's wall clock is off, in every process of it. */
  readonly skewMs = new Map<SentinelId, number>();
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #options: FleetOptions;
  readonly #processes: ZoneProcess[] = [];
  #started = 0;

  constructor(timeline: Timeline, random: Random, options: FleetOptions) {
    this.#timeline = timeline;
    this.#random = random;
    this.#options = options;
    options.zones.forEach((zone, i) => {
      this.#pulse(zone, (i * options.pulseMs) / options.zones.length);
    });
  }

  /** Those that live. */
  get processes(): readonly ZoneProcess[] {
    return this.#processes.filter(({ host }) => !host.dead);
  }

  /** The processes of a zone are ended, as if their machine were. */
  end(zone: SentinelId): void {
    for (const process of this.processes) if (process.host.zone === zone) this.#end(process);
  }

  setSkew(zone: SentinelId, ms: number): void {
    this.skewMs.set(zone, ms);
    for (const { host } of this.#processes) if (host.zone === zone) host.skewMs = ms;
  }

  stateChanged(before: MasterState | undefined, after: MasterState): void {
    this.#wake(wakeOnState(before, after), after.voters);
  }

  observationChanged(
    before: Observation | undefined,
    after: Observation,
    voters: readonly SentinelId[],
  ): void {
    this.#wake(wakeOnObservation(before, after), voters);
  }

  #wake(wake: Wake | undefined, voters: readonly SentinelId[]): void {
    if (!wake) return;
    const zones = wake.kind === 'one' ? [wake.sentinel] : voters.filter((zone) => zone !== wake.except);
    for (const zone of zones) this.#call(zone, true, this.#random.between(20, 600));
  }

  #pulse(zone: SentinelId, afterMs: number): void {
    this.#timeline.quietly(afterMs, () => {
      this.#call(zone, false, 0);
      this.#pulse(zone, this.#options.pulseMs);
    });
  }

  #call(zone: SentinelId, woken: boolean, afterMs: number): void {
    if (this.muted.has(zone)) return;
    const { lost, doubled } = this.trouble;
    if (lost > 0 && this.#random.chance(lost)) return;
    this.#timeline.after(afterMs, () => this.#invoke(zone, woken));
    if (doubled > 0 && this.#random.chance(doubled))
      this.#timeline.after(afterMs + this.#random.between(0, 1500), () => this.#invoke(zone, woken));
  }

  #invoke(zone: SentinelId, woken: boolean): void {
    const warm = this.#processes.find(
      (process) => process.host.zone === zone && !process.busy && !process.host.dead,
    );
    if (warm) {
      this.#serve(warm, woken);
      return;
    }
    const name = `${zone}${++this.#started}`;
    const host = new Host(name, zone, this.#timeline, this.#random.fork(), this.skewMs.get(zone) ?? 0);
    const process = this.#options.start(host);
    this.#processes.push(process);
    process.busy = true;
    this.#timeline.after(this.#random.between(50, 400), () => this.#serve(process, woken));
  }

  #serve(process: ZoneProcess, woken: boolean): void {
    const { host, zone } = process;
    process.busy = true;
    host.servesSince = this.#timeline.now;
    host.thaw();
    const over = this.#timeline.after(this.#options.deadlineMs, () => this.#end(process));
    const deadline = host.clock.now().mono + this.#options.deadlineMs;
    zone.invoke(woken, deadline).then(
      () => {
        over();
        process.busy = false;
        host.freeze();
        if (this.#random.chance(0.01)) this.#end(process); // the platform takes it back
      },
      (error: Error) => {
        over();
        this.#options.failed(host, error);
        this.#end(process);
      },
    );
  }

  #end(process: ZoneProcess): void {
    process.host.kill();
    const i = this.#processes.indexOf(process);
    if (i >= 0) this.#processes.splice(i, 1);
  }
}
