/** A schedule, a table and a queue on one virtual clock, and runs of the pacemaker's own code among them. */
import { randomUUID } from 'node:crypto';
import { seed } from '../../src/pacemaker/seed.ts';
import { type Delivery, judge, type Pace } from '../../src/pacemaker/slot-message.ts';
import {
  type Clock,
  type DelayedMessage,
  type DelayQueue,
  type Seeding,
  type SeedingStore,
  Unavailable,
} from '../../src/ports.ts';
import { VirtualTime } from './virtual-time.ts';

export interface Run {
  readonly at: number;
  /** How far its clock is ahead of the queue's. */
  readonly skewMs: number;
  /** For each request to the table or the queue. */
  readonly requestMs: number;
  /** At its n-th request it dies; or the request fails, and it lives on. */
  readonly trouble?: {
    readonly request: number;
    readonly effect: 'done' | 'not done';
    readonly afterwards: 'dies' | 'is told';
  };
}

export interface Sent {
  readonly body: string;
  readonly sentAt: number;
  readonly dueAt: number;
  readonly by: Run;
}

export interface Look {
  readonly zone: string;
  readonly slot: number;
  /** By the queue's clock. */
  readonly at: number;
  readonly by: Run;
}

export class World {
  readonly time: VirtualTime;
  readonly pace: Pace;
  readonly sent: Sent[] = [];
  /** The runs that failed, or died, after they had sent something that they could not write down. */
  readonly failed = new Set<Run>();
  #item: Seeding | undefined;

  constructor(startsAt: number, pace: Pace) {
    this.time = new VirtualTime(startsAt);
    this.pace = pace;
  }

  async play(runs: readonly Run[]): Promise<void> {
    for (const run of runs) {
      if (run.trouble) this.failed.add(run);
      void this.time
        .sleep(run.at - this.time.now)
        .then(() => seed(this.#portsOf(run), this.pace))
        .catch((error) => {
          if (!(error instanceof Unavailable)) throw error;
        });
    }
    await this.time.run();
  }

  /** What the zones are told, by a function whose clock is `skewMs` ahead. */
  looks(skewMs: number): { readonly looks: readonly Look[]; readonly passedOver: readonly string[] } {
    const looks: Look[] = [];
    const passedOver: string[] = [];
    for (const { body, sentAt, dueAt, by } of this.sent) {
      const delivery: Delivery = { body, sentAt, firstReceivedAt: dueAt, receives: 1 };
      const verdict = judge(delivery, dueAt + skewMs, this.pace);
      if (verdict.kind !== 'pulse') passedOver.push(`${verdict.kind}: ${body}`);
      else {
        const { slot, pulses } = verdict;
        looks.push(...pulses.map(({ zone, waitMs }) => ({ zone, slot, at: dueAt + waitMs, by })));
      }
    }
    return { looks, passedOver };
  }

  #portsOf(run: Run) {
    let requests = 0;
    const request = async <T>(effect: () => T): Promise<T> => {
      requests += 1;
      const { trouble } = run;
      await this.time.sleep(run.requestMs / 2);
      if (trouble?.request !== requests) {
        const result = effect();
        await this.time.sleep(run.requestMs / 2);
        return result;
      }
      if (trouble.effect === 'done') effect();
      if (trouble.afterwards === 'dies') return new Promise<T>(() => {});
      throw new Unavailable('as the test wants it');
    };
    const clock: Clock = {
      now: () => ({ wall: this.time.now + run.skewMs, mono: this.time.now }),
      sleep: (ms) => this.time.sleep(ms),
    };
    const store: SeedingStore = {
      read: () => request(() => this.#item),
      compareAndSet: (seen, next) =>
        request(() => {
          if (this.#item?.writeId !== seen?.writeId) return { kind: 'refused' } as const;
          this.#item = { ...next, fleet: 'test', writeId: randomUUID() };
          return { kind: 'written', seeding: this.#item } as const;
        }),
    };
    const queue: DelayQueue = {
      send: <T extends DelayedMessage>(batch: readonly T[]) =>
        request((): readonly T[] => {
          if (batch.length > 10) throw new TypeError(`${batch.length} messages in a batch`);
          for (const { body, delaySeconds } of batch) {
            if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > 900) {
              throw new TypeError(`a delay of ${delaySeconds} s`);
            }
            const sentAt = this.time.now;
            this.sent.push({ body, sentAt, dueAt: sentAt + delaySeconds * 1000, by: run });
          }
          return [];
        }).catch((error): readonly T[] => {
          if (!(error instanceof Unavailable)) throw error;
          return batch;
        }),
    };
    return { clock, store, queue, telemetry: { log: () => {} } };
  }
}
