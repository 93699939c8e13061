/** SENTINEL SET: one or more directives at once, all of them or none. */
import { changeDirectives, DIRECTIVE_NAMES, directiveText } from '../directives.ts';
import { aboutMaster, record } from '../events.ts';
import type { Directives, Instant, MasterState, SentinelId } from '../model.ts';
import { live, noSuchMaster, type Outcome, refuseFaults } from './outcome.ts';

/** @param given - by their sentinel.conf names; a password only as a reference */
export function set(
  found: MasterState | undefined,
  given: Readonly<Record<string, unknown>>,
  by: SentinelId,
  now: Instant,
): Outcome {
  const state = live(found);
  if (!state) return noSuchMaster();
  const changed = changeDirectives(state.directives, given);
  if (!changed.ok) return refuseFaults(changed.faults);
  const directives = rotating(state.directives, changed.value);
  const different = DIRECTIVE_NAMES.filter(
    (directive) => Object.hasOwn(given, directive) && !saysTheSame(directive, state.directives, directives),
  );
  if (different.length === 0) return { kind: 'unchanged', state };
  const { name, master } = state;
  const happenings = different.map((directive) =>
    aboutMaster('+set', name, master.address, `${directive} ${directiveText(directive, directives)}`),
  );
  return { kind: 'change', next: record({ ...state, directives }, by, now, happenings) };
}

/** The old reference stays good for the nodes that have not been given the new password yet. */
function rotating(before: Directives, after: Directives): Directives {
  if (before.authPass === after.authPass || before.authPass === undefined) return after;
  return { ...after, authPassBefore: before.authPass };
}

/** All references are told alike, so that one is compared as it is. */
function saysTheSame(directive: string, before: Directives, after: Directives): boolean {
  if (directive === 'auth-pass') return before.authPass === after.authPass;
  return directiveText(directive, before) === directiveText(directive, after);
}
