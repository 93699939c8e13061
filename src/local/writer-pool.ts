/** Many clients at once, each a {@link Writer} with its own connection and its own key. */
import type { Address } from '../core/model.ts';
import { Writer } from './writer.ts';
import type { Gap } from './writers.ts';

const BETWEEN_WRITES_MS = 20;
/** Each asks every 100 ms on average, as readers do; at random, so that of many some client always asks soon. */
const RESOLVE_MS_MAX = 200;

export class WriterPool {
  readonly #writers: readonly Writer[];

  constructor(readUrl: string, name: string, count: number) {
    this.#writers = Array.from({ length: count }, (_, i) => {
      const key = `lambda-sentinel:writes:${i}`;
      const resolveAfterMs = () => Math.random() * RESOLVE_MS_MAX;
      return new Writer(readUrl, name, { key, betweenWritesMs: BETWEEN_WRITES_MS, resolveAfterMs });
    });
  }

  start(): void {
    for (const writer of this.#writers) writer.start();
  }

  async end(): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.end()));
  }

  acknowledged(): number {
    return this.#writers.reduce((sum, writer) => sum + writer.acknowledged.length, 0);
  }

  /** How many have a write acknowledged by that node since then. */
  writingTo(address: string, since: number): number {
    return this.#writers.filter((writer) => {
      const last = writer.acknowledged.at(-1);
      return last !== undefined && last.address === address && last.at > since;
    }).length;
  }

  /** The longest time between two acknowledgements of whichever clients that began within the span. */
  longestGap(from: number, until: number): Gap {
    const moments = this.#writers
      .flatMap((writer) => writer.acknowledged.map(({ at }) => at))
      .filter((at) => at >= from)
      .sort((a, b) => a - b);
    let longest = { ms: 0, at: from };
    for (const [i, at] of moments.entries()) {
      const before = moments[i - 1] ?? from;
      if (before > until) break;
      if (at - before > longest.ms) longest = { ms: at - before, at: before };
    }
    return longest;
  }

  /** The longest time that any one client went without an acknowledgement, in ms. */
  longestWait(from: number, until: number): number {
    const waits = this.#writers.map((writer) => {
      const moments = [from, ...writer.acknowledged.map(({ at }) => at), until];
      const within = moments.filter((at) => at >= from && at <= until);
      return Math.max(...within.map((at, i) => at - (within[i - 1] ?? at)));
    });
    return Math.max(...waits);
  }

  /** How many acknowledged writes the node does not hold, of all clients. */
  async lostAt(node: Address): Promise<number> {
    const lost = await Promise.all(this.#writers.map((writer) => writer.lostAt(node)));
    return lost.reduce((sum, one) => sum + one, 0);
  }
}
