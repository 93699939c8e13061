/** Whether the service itself works: the table answers, and which sentinels were seen when. */
import type { SentinelId } from '../core/model.ts';
import { liveSentinels } from '../core/quorum-check.ts';
import type { Clock, StateStore } from '../ports.ts';

export interface Health {
  readonly status: 'ok';
  /** How many masters are monitored. */
  readonly masters: number;
  readonly sentinels: readonly {
    readonly id: SentinelId;
    readonly lastSeenAgoMs: number;
    /** Its heartbeat is fresher than three of them. */
    readonly usable: boolean;
  }[];
}

/** Never from memory. @throws Unavailable, Unreadable */
export async function readHealth(store: StateStore, clock: Clock, heartbeatMs: number): Promise<Health> {
  const [names, sentinels] = await Promise.all([store.names(), store.readSentinels()]);
  const now = clock.now();
  const live = liveSentinels(sentinels, now, heartbeatMs);
  return {
    status: 'ok',
    masters: names.length,
    // The writer's clock may be a little ahead of this one.
    sentinels: sentinels.map(({ sentinel, at }) => ({
      id: sentinel,
      lastSeenAgoMs: Math.max(0, now.wall - at),
      usable: live.includes(sentinel),
    })),
  };
}
