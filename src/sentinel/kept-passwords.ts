/** Directives that may hold a password: it is kept encrypted, and only the reference to it goes on to the core. */
import { fault } from '../core/directives.ts';
import type { MasterState } from '../core/model.ts';
import { isMasterName } from '../core/operations/address.ts';
import { type Outcome, type Refusal, refuseFaults } from '../core/operations/outcome.ts';
import { type Clock, type Secrets, type StateStore, Unreadable } from '../ports.ts';
import { type Answer, change } from './changes.ts';

export type Given = Readonly<Record<string, unknown>>;
export type Operation = (state: MasterState | undefined, directives: Given) => Outcome | Promise<Outcome>;

interface Deps {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly secrets?: Pick<Secrets, 'keep'>;
}

/** Stands for the reference to a password that is kept only once the rest of the request is known to be sound. */
const STAND_IN = 'stored:not-kept-yet';
const ALLOWED_HERE = 'a reference: env:NAME, secret:ARN or stored:ID (nobody keeps a password here)';

/** A request that is refused keeps no password; a password that cannot be kept changes nothing. */
export async function changeWithDirectives(
  deps: Deps,
  name: string,
  given: Given,
  operation: Operation,
): Promise<Answer> {
  const password = passwordIn(given);
  if (password === undefined) return change(deps, name, (state) => operation(state, given));
  if (!deps.secrets) return nobodyKeeps(password);
  const trial = await tryWithDirectives(deps, name, given, operation);
  if (trial.kind === 'refused') return trial;
  const reference = await deps.secrets.keep(password);
  return change(deps, name, (state) => operation(state, { ...given, 'auth-pass': reference }));
}

/** What would become of it, with nothing written and no password kept. */
export async function tryWithDirectives(
  deps: Deps,
  name: string,
  given: Given,
  operation: Operation,
): Promise<Outcome> {
  const password = passwordIn(given);
  if (password !== undefined && !deps.secrets) return nobodyKeeps(password);
  const seen = isMasterName(name) ? await deps.store.readState(name) : undefined;
  return operation(seen, withStandIn(given));
}

/** To be judged before a password is kept. */
export function withStandIn(given: Given): Given {
  return passwordIn(given) === undefined ? given : { ...given, 'auth-pass': STAND_IN };
}

/**
 * The same password again is the reference that stands in the state, so that to ask for it twice changes nothing. One
 * that cannot be opened any more is another.
 */
export async function withKeptReference(
  { store, secrets }: { readonly store: StateStore; readonly secrets?: Secrets },
  name: string,
  given: Given,
): Promise<Given> {
  const password = passwordIn(given);
  if (password === undefined || !secrets) return given;
  const kept = (await store.readState(name))?.directives.authPass;
  if (!kept?.startsWith('stored:')) return given;
  const opened = await secrets.reveal(kept).catch((error: unknown) => {
    if (error instanceof Unreadable) return undefined;
    throw error;
  });
  return opened === password ? { ...given, 'auth-pass': kept } : given;
}

function nobodyKeeps(password: string): Refusal {
  return refuseFaults([fault('auth-pass', password, ALLOWED_HERE)]);
}

/** What looks like a reference and is none is left to the validator, which does not repeat it. */
function passwordIn(given: Given): string | undefined {
  const value = given['auth-pass'];
  return typeof value === 'string' && value !== '' && !/^(env|secret|stored):/.test(value)
    ? value
    : undefined;
}
