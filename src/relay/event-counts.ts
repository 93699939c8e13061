/**
 * Counts events: a reading for each moment at which some were written, under that moment's time, so that what is told
 * again much later raises no alarm. What this process counted before is not counted again; of a record that is tried in
 * another environment the counts may come twice, which no alarm minds.
 */
import { countEvents } from '../core/metrics.ts';
import type { Message, Metrics, Publisher } from '../ports.ts';

/** More than a batch can hold, so that what is tried again is known. */
const REMEMBERED_MAX = 5000;

export class EventCounts implements Publisher {
  readonly target = 'CloudWatch metrics';
  readonly #metrics: Metrics;
  readonly #counted = new Set<string>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  async publish(messages: readonly Message[]): Promise<void> {
    const fresh = messages.filter(({ id }) => !this.#counted.has(id));
    for (const [at, together] of Map.groupBy(fresh, ({ event }) => event.at)) {
      const figures = countEvents(together.map(({ event }) => event));
      const [{ master } = { master: '' }] = together;
      if (Object.keys(figures).length > 0) this.#metrics.put({ at, master, figures });
    }
    for (const { id } of fresh) this.#remember(id);
  }

  #remember(id: string): void {
    this.#counted.add(id);
    const [oldest] = this.#counted;
    if (this.#counted.size > REMEMBERED_MAX && oldest !== undefined) this.#counted.delete(oldest);
  }
}
