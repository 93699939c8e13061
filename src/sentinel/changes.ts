/**
 * Changes of a state by who is no sentinel: read, apply, compare-and-set. A lost race is read again, so often and no
 * more; what was applied to a state that is gone is thrown away with it.
 */
import type { MasterState } from '../core/model.ts';
import { isMasterName } from '../core/operations/address.ts';
import { live, type Outcome, type Refusal, refuse } from '../core/operations/outcome.ts';
import type { Clock, StateStore } from '../ports.ts';

/** After the first try. */
const REREADS_MAX = 5;
/** Before the first of them at most; it doubles each time, and chance parts those who race. */
const BACKOFF_MS = 40;
/** Masters changed side by side when one request is for many. */
const AT_ONCE = 10;

/** `state` is what stands in the table now, whether this request changed it or found it so. */
export interface Done {
  readonly kind: 'done';
  readonly changed: boolean;
  /** There was no master under this name before. */
  readonly created?: boolean;
  readonly state: MasterState;
}

/** A refusal is an answer; only a world that does not answer is thrown. */
export type Answer = Done | Refusal;

export type Apply = (state: MasterState | undefined) => Outcome | Promise<Outcome>;

interface Deps {
  readonly store: StateStore;
  readonly clock: Clock;
}

export async function change({ store, clock }: Deps, name: string, apply: Apply): Promise<Answer> {
  for (let rereads = 0; ; rereads++) {
    const seen = isMasterName(name) ? await store.readState(name) : undefined;
    const outcome = await apply(seen);
    if (outcome.kind === 'refused') return outcome;
    if (outcome.kind === 'unchanged') return { kind: 'done', changed: false, state: outcome.state };
    const { next } = outcome;
    const put = seen ? await store.compareAndSet(seen, next) : await store.createState(next);
    if (put.kind === 'written') {
      return { kind: 'done', changed: true, created: live(seen) === undefined, state: put.state };
    }
    if (rereads === REREADS_MAX) {
      return refuse('contended', `${name} was changed by others at each of ${rereads + 1} tries: try again`);
    }
    await clock.sleep(Math.random() * BACKOFF_MS * 2 ** rereads);
  }
}

/**
 * The same change of many masters, whatever becomes of one of them; then the first failure is thrown.
 * @returns the answers by name, in the order of the names
 */
export async function changeEach(
  deps: Deps,
  names: readonly string[],
  apply: Apply,
): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>();
  const failures: unknown[] = [];
  for (let i = 0; i < names.length; i += AT_ONCE) {
    const some = names.slice(i, i + AT_ONCE);
    const settled = await Promise.allSettled(some.map((name) => change(deps, name, apply)));
    settled.forEach((one, k) => {
      if (one.status === 'fulfilled') answers.set(some[k] ?? '', one.value);
      else failures.push(one.reason);
    });
  }
  if (failures.length > 0) throw failures[0];
  return answers;
}

/** The directory follows the state, whoever monitors or removes the name at the same time. */
export async function list(store: StateStore, name: string, listed: boolean): Promise<void> {
  let wanted = listed;
  for (let rereads = 0; rereads <= REREADS_MAX; rereads++) {
    await store.setListed(name, wanted);
    const stands = live(await store.readState(name)) !== undefined;
    if (stands === wanted) return;
    wanted = stands;
  }
}
