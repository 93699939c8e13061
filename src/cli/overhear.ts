/**
 * What a process reads and writes of its masters, told to all in it that want to know: its port answers from its own
 * zone's view, and a switch that the zone wrote or read is told without asking the table again.
 */
import type { Clock, StateStore, Telemetry } from '../ports.ts';
import type { Heard } from '../resp/masters/heard.ts';

export type Listener = (heard: Heard) => void;

/** The store itself, but for whom it tells. A listener that fails is logged: it must not hold up a sentinel. */
export function overhear(
  store: StateStore,
  { clock, telemetry }: { readonly clock: Clock; readonly telemetry: Telemetry },
  listeners: ReadonlySet<Listener>,
): StateStore {
  const tell = (heard: Heard) => {
    for (const listener of listeners) {
      try {
        listener(heard);
      } catch (error) {
        telemetry.log('error', `telling of ${heard.state.name} failed: ${(error as Error).message}`);
      }
    }
  };
  return {
    async readView(name) {
      const at = clock.now();
      const view = await store.readView(name);
      const { state, observations } = view;
      if (state) tell({ state, observations, at });
      return view;
    },
    async readState(name) {
      const at = clock.now();
      const state = await store.readState(name);
      if (state) tell({ state, at });
      return state;
    },
    async createState(state) {
      const outcome = await store.createState(state);
      if (outcome.kind === 'written') tell({ state: outcome.state, at: clock.now() });
      return outcome;
    },
    async compareAndSet(seen, next) {
      const outcome = await store.compareAndSet(seen, next);
      if (outcome.kind === 'written') tell({ state: outcome.state, at: clock.now() });
      return outcome;
    },
    names: () => store.names(),
    setListed: (name, listed) => store.setListed(name, listed),
    castVote: (vote) => store.castVote(vote),
    putObservation: (observation) => store.putObservation(observation),
    readSentinel: (id) => store.readSentinel(id),
    readSentinels: () => store.readSentinels(),
    putSentinel: (record, seenIncarnation) => store.putSentinel(record, seenIncarnation),
    skewMs: () => store.skewMs(),
  };
}
