/** SENTINEL SET: one or more directives at once, all of them or none. */
import { changeDirectives, changeTexts, DIRECTIVE_NAMES } from '../directives.ts';
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
  const { name, master } = state;
  const happenings = DIRECTIVE_NAMES.filter((directive) => Object.hasOwn(given, directive)).flatMap(
    (directive) =>
      changeTexts(directive, state.directives, directives).map((text) =>
        aboutMaster('+set', name, master.address, `${directive} ${text}`),
      ),
  );
  if (happenings.length === 0) return { kind: 'unchanged', state };
  return { kind: 'change', next: record({ ...state, directives }, by, now, happenings) };
}

/** The old reference stays good for the nodes that have not been given the new password yet. */
function rotating(before: Directives, after: Directives): Directives {
  if (before.authPass === after.authPass || before.authPass === undefined) return after;
  return { ...after, authPassBefore: before.authPass };
}
