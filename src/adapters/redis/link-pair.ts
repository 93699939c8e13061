/** The kept connection to a node and, while that one is silent, a fresh one alongside. The one that answers stays. */
import type { MonoMs } from '../../core/model.ts';
import type { Link } from './link.ts';

/** A silent node is tried by a fresh connection at most this often. */
const FRESH_ATTEMPT_EVERY_MS = 1000;

export class LinkPair {
  #kept: Link | undefined;
  #alongside: Link | undefined;

  get kept(): Link | undefined {
    return this.#kept;
  }

  /** The kept one first. */
  get all(): Link[] {
    return [this.#kept, this.#alongside].filter((link) => link !== undefined);
  }

  /** It answered: the other one is no longer wanted, and neither is this one if it was replaced before. */
  keep(link: Link): void {
    if (!this.all.includes(link)) return;
    const other = link === this.#kept ? this.#alongside : this.#kept;
    this.#kept = link;
    this.#alongside = undefined;
    other?.retire('the node answered on another connection');
  }

  drop(link: Link, reason: string): void {
    if (link === this.#kept) this.#kept = this.#alongside;
    this.#alongside = undefined;
    link.retire(reason);
  }

  /** A fresh one: kept if there is none, else alongside. */
  add(link: Link): void {
    if (!this.#kept) {
      this.#kept = link;
      return;
    }
    this.#alongside?.retire('a newer attempt takes its place');
    this.#alongside = link;
  }

  /** When the kept connection has been silent for so long that a fresh one is tried. */
  freshAttemptAt(timeoutMs: number): MonoMs {
    const since = this.#kept?.unansweredSince;
    if (since === undefined) return Number.POSITIVE_INFINITY;
    const newest = (this.#alongside ?? this.#kept)?.openedAt ?? since;
    return Math.max(since + timeoutMs / 2, newest + FRESH_ATTEMPT_EVERY_MS);
  }
}
