/**
 * One process of a zone: it can be frozen in the middle of any await, thawed, and killed. What is meant for it while it
 * is frozen reaches it when it thaws; what is meant for a dead one is lost. Its clocks are its own.
 */
import type { LoopClock } from '../../../src/ports.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** When the world begins, wall clock. */
export const BEGINNING = Date.UTC(2026, 10, 24);

/** Every so often a process comes by and looks at its clocks. */
const COMES_BY_MS = 500;
/** Two seconds, and what the clock drifts meanwhile. */
const JUMP_MS = 2001;

export class Host {
  readonly name: string;
  readonly zone: string;
  readonly clock: LoopClock;
  /** When its present invocation began, in the world's time. */
  servesSince = 0;
  /** When it last went on after it stood still in the middle of its work, in the world's time, and for how long it did. */
  thawedAt = 0;
  frozenForMs = 0;
  /** When its wall clock last jumped by more than TILT allows in the middle of its work. */
  jumpedAt = Number.NEGATIVE_INFINITY;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #timers: (() => void)[] = [];
  readonly #packets: (() => void)[] = [];
  #skewMs: number;
  /** What was before its clock was set, since it last surely came by. */
  #beforeSet = { at: Number.NEGATIVE_INFINITY, skewMs: 0, jumpedAt: Number.NEGATIVE_INFINITY };
  #frozenAt: number | undefined;
  #atWork = false;
  #dead = false;

  constructor(name: string, zone: string, timeline: Timeline, random: Random, skewMs: number) {
    this.name = name;
    this.zone = zone;
    this.#skewMs = skewMs;
    this.#timeline = timeline;
    this.#random = random;
    const booted = random.between(1000, 1_000_000);
    const drift = 1 + (random.next() - 0.5) / 5000; // a hundred parts in a million
    this.clock = {
      now: () => ({
        mono: booted + timeline.now * drift,
        wall: BEGINNING + timeline.now * drift + this.skewMs,
      }),
      sleep: (ms, signal) => this.#sleep(ms / drift, signal),
      turn: () => new Promise((resolve) => timeline.after(0, () => this.deliver(resolve))),
    };
  }

  /** How far its wall clock is ahead of the world's. */
  get skewMs(): number {
    return this.#skewMs;
  }

  set skewMs(ms: number) {
    const { now } = this.#timeline;
    const [before, { jumpedAt, skewMs }] = [this.#beforeSet, this];
    const cameBy = Math.min(now, this.#frozenAt ?? now) - before.at >= COMES_BY_MS;
    this.#beforeSet = cameBy ? { at: now, skewMs, jumpedAt } : { ...before, at: now };
    const [seen, unseen] = [skewMs, this.#beforeSet.skewMs].map((from) => Math.abs(ms - from) > JUMP_MS);
    // what was set and set back between two of its looks at the clock it has never seen
    if (!unseen) this.jumpedAt = this.#beforeSet.jumpedAt;
    // one that thaws at this very moment has not looked at its clock yet
    else if (seen && this.running && now > this.thawedAt) this.jumpedAt = now;
    this.#skewMs = ms;
  }

  get frozen(): boolean {
    return this.#frozenAt !== undefined;
  }

  get dead(): boolean {
    return this.#dead;
  }

  get running(): boolean {
    return !this.frozen && !this.#dead;
  }

  /** A reply reaches this process, or a timer fires in it. */
  deliver(run: () => void, timer = false): void {
    if (this.#dead) return;
    if (this.frozen) (timer ? this.#timers : this.#packets).push(run);
    else run();
  }

  /** Between two invocations, by the platform; or in the middle of its work. */
  freeze(atWork = false): void {
    this.#frozenAt = this.#timeline.now;
    this.#atWork = atWork;
  }

  /** What came meanwhile is taken up one after the other: timers before sockets, or sockets before timers. */
  thaw(): void {
    if (this.#frozenAt === undefined || this.#dead) return;
    if (this.#atWork) {
      this.thawedAt = this.#timeline.now;
      this.frozenForMs = this.#timeline.now - this.#frozenAt;
    }
    this.#frozenAt = undefined;
    const [timers, packets] = [this.#timers.splice(0), this.#packets.splice(0)];
    const waiting = this.#random.chance(0.5) ? [...timers, ...packets] : [...packets, ...timers];
    for (const run of waiting) this.#timeline.after(0, () => this.deliver(run));
  }

  kill(): void {
    this.#dead = true;
    this.#timers.length = 0;
    this.#packets.length = 0;
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waking = signal && wakingOf(signal);
      const wake = () => {
        cancel();
        waking?.delete(wake);
        resolve();
      };
      const cancel = this.#timeline.after(ms, () => this.deliver(wake, true));
      waking?.add(wake);
    });
  }
}

/** One listener a signal, however often is slept on it. */
const sleepers = new WeakMap<AbortSignal, Set<() => void>>();

function wakingOf(signal: AbortSignal): Set<() => void> {
  const known = sleepers.get(signal);
  if (known) return known;
  const waking = new Set<() => void>();
  sleepers.set(signal, waking);
  signal.addEventListener('abort', () => {
    for (const wake of [...waking]) wake();
  });
  return waking;
}
