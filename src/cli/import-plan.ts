/** What importing a file would change, found out with nothing written. */
import type { ConfMaster } from '../conf/masters.ts';
import { DIRECTIVE_NAMES, directiveText } from '../core/directives.ts';
import { type Directives, type MasterState, nodeId, sameAddress } from '../core/model.ts';
import { readHost, readPort } from '../core/operations/address.ts';
import { monitorOver } from '../core/operations/monitor.ts';
import { live, type Outcome } from '../core/operations/outcome.ts';
import { set } from '../core/operations/set.ts';
import type { Clock, Secrets, StateStore } from '../ports.ts';
import { type Given, tryWithDirectives, withKeptReference } from '../sentinel/kept-passwords.ts';

export interface ImportDeps {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly secrets?: Secrets;
}

export interface DirectiveChange {
  readonly directive: string;
  /** In sentinel.conf's words; empty: not set. Passwords are redacted. */
  readonly from: string;
  readonly to: string;
}

export type Plan = {
  readonly name: string;
  readonly master: ConfMaster;
  /** As they are to be applied. */
  readonly directives: Given;
} & (
  | { readonly action: 'monitor'; readonly address: string; readonly notes: readonly string[] }
  | {
      readonly action: 'change' | 'nothing';
      readonly address: string;
      readonly changes: readonly DirectiveChange[];
      readonly notes: readonly string[];
    }
  | { readonly action: 'refused'; readonly why: string }
);

/** By whom, as the events of a state say. */
export const BY = 'import';

/** @param more - directives for every master, beside those of the file */
export async function planImport(deps: ImportDeps, master: ConfMaster, more: Given): Promise<Plan> {
  const { name, request } = master;
  const given = { ...request.directives, ...more };
  const found = live(await deps.store.readState(name));
  const directives = await withKeptReference(deps, name, given);
  const base = { name, master, directives };
  const stray = found && strayFrom(found, master);
  if (stray?.refused) return { ...base, action: 'refused', why: stray.why };
  const now = deps.clock.now();
  const trial = await tryWithDirectives(deps, name, directives, (state, told) =>
    found ? set(state, told, BY, now) : monitorOver(state, { ...request, directives: told }, {}, BY, now),
  );
  if (trial.kind === 'refused') return { ...base, action: 'refused', why: whyRefused(trial, deps) };
  const notes = [...(stray ? [stray.why] : []), ...scriptNotes(master)];
  const after = trial.kind === 'change' ? trial.next : trial.state;
  const address = nodeId(after.master.address);
  if (!found) return { ...base, action: 'monitor', address, notes };
  const changes = changesOf(found.directives, after.directives);
  return { ...base, action: trial.kind === 'change' ? 'change' : 'nothing', address, changes, notes };
}

/** A file of before a failover names the old master: the table knows better. One of another group it must not touch. */
function strayFrom(
  state: MasterState,
  { request }: ConfMaster,
): { refused: boolean; why: string } | undefined {
  const port = readPort(request.port);
  const address = { host: readHost(request.host) ?? '', port: port.ok ? port.value : 0 };
  if (sameAddress(address, state.master.address)) return undefined;
  const is = nodeId(state.master.address);
  if (state.replicas[nodeId(address)]) {
    return {
      refused: false,
      why: `the master is ${is} by now; ${nodeId(address)} of the file is its replica`,
    };
  }
  const cure = 'correct the file, or remove the master from the table first';
  return {
    refused: true,
    why: `the table has ${is} under this name, and knows no ${nodeId(address)}: ${cure}`,
  };
}

function whyRefused(trial: Extract<Outcome, { kind: 'refused' }>, { secrets }: ImportDeps): string {
  const unkept = !secrets && trial.faults.some(({ directive }) => directive === 'auth-pass');
  return unkept
    ? "auth-pass: set SECRETS_KEY to the deployment's key, so that the password is kept encrypted in the table; " +
        'or write a reference in its place: env:NAME, secret:ARN'
    : trial.message;
}

function scriptNotes({ scripts }: ConfMaster): string[] {
  const named = [
    ...(scripts.notification === undefined ? [] : ['notification-script']),
    ...(scripts.clientReconfig === undefined ? [] : ['client-reconfig-script']),
  ];
  return named.map(
    (directive) => `${directive} is left out: the table names no programs; events go to EventBridge and SNS`,
  );
}

function changesOf(before: Directives, after: Directives): DirectiveChange[] {
  return DIRECTIVE_NAMES.flatMap((directive) => {
    const [from, to] = [directiveText(directive, before), directiveText(directive, after)];
    const same = directive === 'auth-pass' ? before.authPass === after.authPass : from === to;
    return same ? [] : [{ directive, from, to }];
  });
}
