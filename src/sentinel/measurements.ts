/**
 * Once a minute a zone tells in figures how its masters are: what is wrong with each, and the continuous figures if they
 * are wanted. Every zone does, for each sees its own part: an alarm takes the worst. A pulse in between writes nothing.
 */
import { measure, worstOf } from '../core/measures.ts';
import type { ContinuousMetrics, Figures } from '../core/metrics.ts';
import type { SentinelId } from '../core/model.ts';
import { heartbeatMs } from '../core/quorum-check.ts';
import type { Metrics } from '../ports.ts';
import { guarded } from './guarded.ts';
import { Minutes } from './minutes.ts';
import { lastToldBy, type Ports, viewOf, type Watch } from './watch.ts';

export interface MeasurementsOptions {
  readonly id: SentinelId;
  readonly pulseMs: number;
  readonly continuous: ContinuousMetrics;
}

export class Measurements {
  readonly #ports: Ports;
  readonly #metrics: Metrics;
  readonly #options: MeasurementsOptions;
  readonly #minutes = new Minutes();
  #telling: Promise<void> = Promise.resolve();

  constructor(ports: Ports, metrics: Metrics, options: MeasurementsOptions) {
    this.#ports = ports;
    this.#metrics = metrics;
    this.#options = options;
  }

  /** Called as often as one likes. Resolves when nothing is under way any more, and never rejects. */
  tell(watches: Iterable<Watch>): Promise<void> {
    const { clock, telemetry } = this.#ports;
    if (this.#minutes.begin(clock.now().wall)) {
      this.#telling = guarded(telemetry, 'measuring', () => this.#tell(watches));
    }
    return this.#telling;
  }

  async #tell(watches: Iterable<Watch>): Promise<void> {
    const { clock, store, telemetry } = this.#ports;
    const { id, pulseMs, continuous } = this.#options;
    const sentinels = await guarded(telemetry, 'reading the sentinels', () => store.readSentinels());
    const now = clock.now();
    const all = new Map<string, Figures>();
    for (const watch of watches) {
      const { read, name: master } = watch;
      const measured =
        read && measure(viewOf(watch, read), lastToldBy(watch, id), sentinels, now, heartbeatMs(pulseMs));
      if (!measured) continue;
      all.set(master, measured.continuous);
      const figures = { ...(continuous === 'perMaster' && measured.continuous), ...measured.trouble };
      if (Object.keys(figures).length === 0) continue;
      this.#metrics.put({ at: now.wall, master, figures, about: { Zone: id } });
    }
    if (continuous === 'worst') this.#tellWorst(all, now.wall);
  }

  #tellWorst(all: ReadonlyMap<string, Figures>, at: number): void {
    const { figures, of } = worstOf(all);
    if (Object.keys(figures).length === 0) return;
    const masters = Object.entries(of).map(([name, master]) => [`${name}Of`, master] as const);
    this.#metrics.put({ at, figures, about: { Zone: this.#options.id, ...Object.fromEntries(masters) } });
  }
}
