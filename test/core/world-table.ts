/** The table of the random world: a state that changes by compare-and-set alone, votes that are cast once. */
import type { MasterState, Observation, SentinelId, Vote } from '../../src/core/model.ts';
import type { Self, View } from '../../src/core/view.ts';
import { Promises } from './promises.ts';

export class WorldTable {
  readonly promises: Promises;
  readonly #observations = new Map<SentinelId, Observation>();
  #votes: readonly Vote[] = [];
  #state: MasterState;
  #asked = 0;

  constructor(state: MasterState) {
    this.#state = state;
    this.promises = new Promises(state);
  }

  get state(): MasterState {
    return this.#state;
  }

  read(): Omit<View, 'memory'> {
    return { state: this.#state, observations: [...this.#observations.values()], votes: this.#votes };
  }

  observation(sentinel: SentinelId): Observation | undefined {
    return this.#observations.get(sentinel);
  }

  put(observation: Observation): void {
    const before = this.#observations.get(observation.sentinel);
    if (before && before.incarnation > observation.incarnation) return;
    this.#observations.set(observation.sentinel, observation);
  }

  /** @returns false when another write came first; then nothing has changed */
  compareAndSet(seen: MasterState, next: MasterState, self: Self): boolean {
    if (seen.rev !== this.#state.rev) return false;
    const before = this.#state;
    this.#state = { ...next, rev: before.rev + 1 };
    this.promises.onWrite(before, this.#state, self, this.#votes);
    return true;
  }

  /** A door's compare-and-set; refused while a failover is open, as every door refuses it. */
  ask(coordinated: boolean): void {
    if (this.#state.failover || this.#state.command) return;
    const id = `ask-${++this.#asked}`;
    const command = { id, at: 0, by: 'operator', kind: 'failover', coordinated } as const;
    this.#state = { ...this.#state, rev: this.#state.rev + 1, command };
  }

  cast(vote: Vote): void {
    const voted = this.#votes.some((v) => v.epoch === vote.epoch && v.sentinel === vote.sentinel);
    if (!voted) this.#votes = [...this.#votes, vote];
  }
}
