/** The world's one clock: nothing happens but what stands on it, one after the other, and it jumps from each to the next. */
interface Entry {
  readonly at: number;
  readonly order: number;
  /** Whether promises may wait for it, which are to go on before the next entry. */
  readonly awaited: boolean;
  run: (() => void) | undefined;
}

/** Takes an entry off the timeline, if it still stands there. */
export type Cancel = () => void;

/** Turns of the event loop cost more than what most entries do. */
const STEPS_A_TURN = 64;

export class Timeline {
  readonly #heap: Entry[] = [];
  #order = 0;
  #now = 0;

  /** In milliseconds since the world began. */
  get now(): number {
    return this.#now;
  }

  /** Runs `run` after `ms`; everything that waits for what it settles goes on before the next entry. */
  after(ms: number, run: () => void): Cancel {
    return this.#add(ms, run, true);
  }

  /** As {@link after}, for what no promise waits for. */
  quietly(ms: number, run: () => void): void {
    this.#add(ms, run, false);
  }

  /** Goes on until `until`, or until `enough` after an entry. */
  run(until: number, enough: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      let [begun, over] = [false, false];
      // between two immediates of one turn of the event loop, every promise that can go on goes on
      const step = () => {
        if (over) return;
        try {
          over = (begun && enough()) || this.#step(until) === 'over';
          begun = true;
        } catch (error) {
          over = true;
          reject(error);
        }
        if (over) resolve();
      };
      const turn = () => {
        if (over) return;
        for (let i = 0; i < STEPS_A_TURN; i++) setImmediate(step);
        setImmediate(turn);
      };
      turn();
    });
  }

  /** Up to the next entry that promises wait for. */
  #step(until: number): 'over' | undefined {
    for (;;) {
      const next = this.#heap[0];
      if (!next || next.at > until) {
        this.#now = until;
        return 'over';
      }
      this.#take();
      if (!next.run) continue;
      this.#now = next.at;
      next.run();
      if (next.awaited) return undefined;
    }
  }

  #add(ms: number, run: () => void, awaited: boolean): Cancel {
    const entry: Entry = { at: this.#now + Math.max(0, ms), order: this.#order++, awaited, run };
    this.#push(entry);
    return () => {
      entry.run = undefined;
    };
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!sooner(entry, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  #take(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && sooner(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (!sooner(heap[child] as Entry, last)) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    heap[i] = last;
  }
}

function sooner(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
