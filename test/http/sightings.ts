/** What sentinels tell of a master, as they leave it in the table. */
import type { MemoryStore } from '../../src/adapters/memory/store.ts';
import { type MasterState, type Observation, SCHEMA } from '../../src/core/model.ts';
import type { Clock } from '../../src/ports.ts';

export function observation(
  state: MasterState,
  sentinel: string,
  at: number,
  told: Partial<Observation> = {},
): Observation {
  return {
    schema: SCHEMA,
    master: state.name,
    sentinel,
    incarnation: 1,
    seq: 1,
    at,
    address: state.master.address,
    configEpoch: state.configEpoch,
    health: 'up',
    subjectivelyDown: false,
    detail: '10.0.1.5:6379 answers',
    heardBy: [],
    alert: false,
    handover: false,
    events: [],
    ...told,
  };
}

/** Heartbeats of these sentinels, `agoMs` old. */
export async function heartbeats(
  { store, clock }: { readonly store: MemoryStore; readonly clock: Clock },
  sentinels: readonly string[],
  agoMs = 0,
): Promise<void> {
  for (const sentinel of sentinels) {
    await store.putSentinel({ sentinel, incarnation: 1, at: clock.now().wall - agoMs }, 0);
  }
}
