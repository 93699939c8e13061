/** Who is connected, and what all of them did. */
import type { Clock } from '../../ports.ts';
import type { Client } from './client.ts';

export class Clients {
  readonly #clock: Clock;
  readonly #clients = new Map<number, Client>();
  readonly counted = {
    connections: 0,
    rejected: 0,
    commands: 0,
    errors: 0,
    bytesIn: 0,
    bytesOut: 0,
    closedSlow: 0,
  };
  readonly startedAt;
  #lastId = 0;
  #pausedUntil = 0;
  #unpaused = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.startedAt = clock.now();
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  add(client: Client): void {
    this.#clients.set(client.id, client);
  }

  delete(client: Client): void {
    this.#clients.delete(client.id);
  }

  get all(): readonly Client[] {
    return [...this.#clients.values()];
  }

  get count(): number {
    return this.#clients.size;
  }

  /** CLIENT PAUSE: nobody's commands are carried out for so long. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now().mono + ms);
  }

  unpause(): void {
    this.#pausedUntil = 0;
    this.#unpaused.abort();
    this.#unpaused = new AbortController();
  }

  /** Undefined when nothing is to be waited for. */
  pauseOver(): Promise<void> | undefined {
    const leftMs = this.#pausedUntil - this.#clock.now().mono;
    return leftMs > 0 ? this.#clock.sleep(leftMs, this.#unpaused.signal) : undefined;
  }
}
