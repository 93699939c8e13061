/** The memory and the open files of the process that lived longest, from its first sample to its last. */
import { openFiles, residentMb } from './left-behind.ts';

/** With fewer samples growth cannot be told from garbage. */
const TELLING = 40;
const GROWTH_MAX = 1.5;

export interface Sample {
  readonly residentMb: number;
  readonly files: number;
}

export class Footprint {
  readonly #lives = new Map<number, Sample[]>();

  take(pids: readonly number[]): void {
    for (const pid of pids) {
      const sample = { residentMb: residentMb(pid), files: openFiles(pid) };
      if (Number.isNaN(sample.residentMb) || Number.isNaN(sample.files)) continue; // it has ended
      this.add(pid, sample);
    }
  }

  add(pid: number, sample: Sample): void {
    this.#lives.set(pid, [...(this.#lives.get(pid) ?? []), sample]);
  }

  /** Empty when none was taken. */
  get longest(): readonly Sample[] {
    return [...this.#lives.values()].toSorted((a, b) => b.length - a.length)[0] ?? [];
  }

  /**
   * Garbage is collected when it suits: what counts is how far down it comes again.
   * @returns what the second half of its life never had as little of as the first
   */
  get grown(): string[] {
    const life = this.longest;
    if (life.length < TELLING) return [];
    const half = Math.floor(life.length / 2);
    return (['residentMb', 'files'] as const).flatMap((what) => {
      const least = (samples: readonly Sample[]) => Math.min(...samples.map((sample) => sample[what]));
      const [first, last] = [least(life.slice(0, half)), least(life.slice(half))];
      return last > GROWTH_MAX * first ? [`${what}: at least ${first}, then at least ${last}`] : [];
    });
  }
}
