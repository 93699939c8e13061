/**
 * A master that is declared in code, made so by MONITOR, SET and REMOVE in one write. What the code did not change
 * between two deployments is left as it was set at run time.
 */
import { DIRECTIVE_NAMES, fault } from '../directives.ts';
import {
  type Address,
  type Instant,
  type MasterState,
  nodeId,
  type SentinelId,
  sameAddress,
} from '../model.ts';
import { readNode } from './address.ts';
import { type DeclaredMaster, declaredAddress, presetOf } from './declaration.ts';
import { declareReplicas, withdrawReplicas } from './declared-replicas.ts';
import { monitorOver } from './monitor.ts';
import type { MonitorSurroundings } from './monitor-request.ts';
import { live, noSuchMaster, type Outcome, refuse, refuseFaults } from './outcome.ts';
import { remove } from './remove.ts';
import { set } from './set.ts';

export interface Declaring {
  /** The deployment whose code it is. */
  readonly owner: string;
  /** What its code said at the deployment before; undefined: nothing of this master. */
  readonly before?: DeclaredMaster | undefined;
  readonly after: DeclaredMaster;
  /** `after`'s, with the reference in place of a password. */
  readonly directives: Readonly<Record<string, unknown>>;
  /** As {@link remove} is told, should the address move. */
  readonly unreachableMs?: number | undefined;
}

export function declare(
  found: MasterState | undefined,
  { owner, before, after, directives, unreachableMs }: Declaring,
  surroundings: MonitorSurroundings,
  by: SentinelId,
  now: Instant,
): Outcome {
  const address = declaredAddress(after);
  if (!address)
    return refuseFaults([fault('host', after.host, 'an IP address or a host name, and its port')]);
  const state = live(found);
  const { name, host, port, replicas } = after;
  const whole = { name, host, port, replicas, directives };
  const claim = (next: MasterState): Outcome => claimed(next, owner, address);
  const begin = (over: MasterState | undefined) => monitorOver(over, whole, surroundings, by, now);
  if (!state) return inTurn(found, begin, claim);
  if (!isThere(state, address)) {
    if (!before) return refuse('duplicate', inTheWay(state, address));
    if (moved(before, address)) {
      const away = (next: MasterState) => remove(next, { unreachableMs }, by, now);
      return inTurn(state, away, begin, claim);
    }
  }
  const [entered, withdrawn] = [without(after, before), without(before, after)];
  const changes = Object.fromEntries(
    changedDirectives(before, after).map((one) => [one, own(directives, one) ?? presetOf(one)]),
  );
  return inTurn(
    state,
    (next) => set(next, changes, by, now),
    (next) => declareReplicas(next, entered, by, now),
    (next) => withdrawReplicas(next, withdrawn),
    claim,
  );
}

/** REMOVE of what the code declares no more. What another declared, or a person entered, is left alone. */
export function undeclare(
  found: MasterState | undefined,
  { owner, unreachableMs }: Pick<Declaring, 'owner' | 'unreachableMs'>,
  by: SentinelId,
  now: Instant,
): Outcome {
  const state = live(found);
  if (!state) return noSuchMaster();
  if (state.declaration?.by !== owner) return { kind: 'unchanged', state };
  return remove(state, { unreachableMs }, by, now);
}

/**
 * The directives that differ between two deployments, also those that are gone; of a new master all it has. What was
 * refused under a name that there is not is gone without a trace.
 */
export function changedDirectives(before: DeclaredMaster | undefined, after: DeclaredMaster): string[] {
  const [was, is] = [before?.directives ?? {}, after.directives];
  const all = new Set([...Object.keys(was), ...Object.keys(is)]);
  const known = (one: string) => Object.hasOwn(is, one) || DIRECTIVE_NAMES.includes(one);
  return [...all].filter((one) => known(one) && asText(own(was, one)) !== asText(own(is, one)));
}

/** Which member of its group is the master a failover decides, and never the code. */
function isThere({ master, replicas, declaration }: MasterState, address: Address): boolean {
  const replica = replicas[nodeId(address)];
  const known = [master.address, declaration?.address, replica?.stranger === undefined && replica?.address];
  return known.some((one) => one && sameAddress(one, address));
}

/** One that cannot be read was refused when it was declared: the master is where it was before that. */
function moved(before: DeclaredMaster, address: Address): boolean {
  const was = declaredAddress(before);
  return was !== undefined && !sameAddress(was, address);
}

function without(some: DeclaredMaster | undefined, others: DeclaredMaster | undefined): Address[] {
  const all = (of: DeclaredMaster | undefined) => (of?.replicas ?? []).flatMap((one) => readNode(one) ?? []);
  return all(some).filter((one) => !all(others).some((other) => sameAddress(one, other)));
}

function claimed(state: MasterState, by: string, address: Address): Outcome {
  const { declaration } = state;
  if (declaration?.by === by && sameAddress(declaration.address, address))
    return { kind: 'unchanged', state };
  return { kind: 'change', next: { ...state, declaration: { by, address } } };
}

function inTheWay({ name, master }: MasterState, address: Address): string {
  return `Duplicated master name: ${name} is monitored at ${nodeId(master.address)}, and the code declares it at ${nodeId(address)}: remove it there first, or give it another name`;
}

type Step<State> = (state: State) => Outcome;

/** One write of several operations, or the first refusal of one. */
function inTurn<First extends MasterState | undefined>(
  found: First,
  first: Step<First>,
  ...others: readonly Step<MasterState>[]
): Outcome {
  let outcome = first(found);
  let changed = outcome.kind === 'change';
  for (const step of others) {
    if (outcome.kind === 'refused') return outcome;
    outcome = step(outcome.kind === 'change' ? outcome.next : outcome.state);
    changed ||= outcome.kind === 'change';
  }
  if (outcome.kind !== 'unchanged') return outcome;
  return changed ? { kind: 'change', next: outcome.state } : outcome;
}

function own(map: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Pairs in any order are the same; a number is the same as its text. */
function asText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
