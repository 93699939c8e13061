/** Secrets remembered for a minute: looks come every second and faster, a rotated password is still taken up. */
import type { Instant, SecretReference } from '../../core/model.ts';
import { type Clock, type Secrets, Unavailable } from '../../ports.ts';

export interface RememberedSecretsOptions {
  readonly secrets: Secrets;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** For how long a value is not asked for again, in milliseconds. @default 60_000 */
  readonly keptMs?: number;
  /** For how long a value is used on when its keeper does not answer, until it is asked again. @default 5000 */
  readonly retryMs?: number;
  /** For how long a look waits for a keeper whose last word is known, in milliseconds. @default 100 */
  readonly patienceMs?: number;
}

/** Far more than a deployment has; with it the longest remembered is forgotten. */
const REMEMBERED_MAX = 1000;

interface Memory {
  /** Shared by all who ask meanwhile. */
  readonly value: Promise<string>;
  readonly at: Instant;
  readonly keptMs: number;
}

export class RememberedSecrets implements Secrets {
  readonly #secrets: Secrets;
  readonly #clock: Pick<Clock, 'now' | 'sleep'>;
  readonly #keptMs: number;
  readonly #retryMs: number;
  readonly #patienceMs: number;
  readonly #memories = new Map<SecretReference, Memory>();

  constructor({
    secrets,
    clock,
    keptMs = 60_000,
    retryMs = 5000,
    patienceMs = 100,
  }: RememberedSecretsOptions) {
    this.#secrets = secrets;
    this.#clock = clock;
    this.#keptMs = keptMs;
    this.#retryMs = retryMs;
    this.#patienceMs = patienceMs;
  }

  reveal(reference: SecretReference): Promise<string> {
    const before = this.#memories.get(reference);
    if (before && this.#isFresh(before)) return before.value;
    const memory = { value: this.#asked(reference, before), at: this.#clock.now(), keptMs: this.#keptMs };
    this.#remember(reference, memory);
    memory.value.catch(() => this.#forget(reference, memory));
    return memory.value;
  }

  keep(secret: string): Promise<SecretReference> {
    return this.#secrets.keep(secret);
  }

  /**
   * A keeper that is silent or slow changes nothing (I8): the nodes are looked at on, with the password that was right,
   * and what it says later is taken up then.
   */
  async #asked(reference: SecretReference, before: Memory | undefined): Promise<string> {
    if (!before) return this.#secrets.reveal(reference);
    const answer = this.#secrets.reveal(reference);
    const waited = new AbortController();
    try {
      const first = await Promise.race([answer, this.#clock.sleep(this.#patienceMs, waited.signal)]);
      if (first !== undefined) return first;
      answer.then(
        (value) => this.#remember(reference, this.#memory(value, this.#keptMs)),
        () => {},
      );
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    } finally {
      waited.abort();
    }
    const value = await before.value;
    this.#remember(reference, this.#memory(value, this.#retryMs));
    return value;
  }

  #memory(value: string, keptMs: number): Memory {
    return { value: Promise.resolve(value), at: this.#clock.now(), keptMs };
  }

  /** By both clocks: the monotonic one may stand while a function is frozen, the other may be set. */
  #isFresh({ at, keptMs }: Memory): boolean {
    const { wall, mono } = this.#clock.now();
    return mono - at.mono < keptMs && wall - at.wall < keptMs && wall >= at.wall;
  }

  #remember(reference: SecretReference, memory: Memory): void {
    this.#memories.delete(reference);
    const [longest] = this.#memories.keys();
    if (longest !== undefined && this.#memories.size >= REMEMBERED_MAX) this.#memories.delete(longest);
    this.#memories.set(reference, memory);
  }

  #forget(reference: SecretReference, memory: Memory): void {
    if (this.#memories.get(reference) === memory) this.#memories.delete(reference);
  }
}
