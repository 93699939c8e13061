/** `lambda-sentinel import sentinel.conf`: its masters, registered in the table. */
import { describeFault } from '../core/directives.ts';
import type { Answer } from '../sentinel/changes.ts';
import { Operator } from '../sentinel/operate.ts';
import { readConfFile } from './conf-file.ts';
import { BY, type DirectiveChange, type Plan, planImport } from './import-plan.ts';
import { DONE, FAILED, Misuse, type Output, type Status } from './output.ts';
import { openTable, type TableChoice } from './table.ts';

export interface ImportChoices extends TableChoice {
  readonly dryRun?: boolean;
  readonly observeOnly?: boolean;
  readonly json?: boolean;
}

/** Everything is tried before anything is written: with one master refused none is changed. */
export async function importConf(file: string, choices: ImportChoices, output: Output): Promise<Status> {
  const { conf, path } = await readConfFile(file);
  if (conf.masters.length === 0) throw new Misuse(`${path} monitors no master: there is nothing to import`);
  const table = openTable(choices, output);
  try {
    const more = choices.observeOnly ? { 'observe-only': 'yes' } : {};
    const plans: Plan[] = [];
    for (const master of conf.masters) plans.push(await planImport(table, master, more));
    const refused = plans.some(({ action }) => action === 'refused');
    const results: Result[] = [];
    for (const plan of plans) {
      const applied = refused || choices.dryRun ? undefined : await apply(new Operator(table), plan);
      results.push({ plan, ...(applied !== undefined && { applied }) });
    }
    if (choices.json)
      output.out(JSON.stringify({ dryRun: choices.dryRun === true, masters: results.map(asJson) }));
    else tell(results, output);
    const failed = results.some(({ applied }) => applied?.kind === 'refused');
    if (refused) output.err('nothing was changed');
    return refused || failed ? FAILED : DONE;
  } finally {
    table.close();
  }
}

interface Result {
  readonly plan: Plan;
  /** Absent: only planned. */
  readonly applied?: Answer | { readonly kind: 'nothing' };
}

async function apply(operator: Operator, plan: Plan): Promise<NonNullable<Result['applied']>> {
  const { name, master, directives } = plan;
  if (plan.action === 'monitor') return operator.monitor({ ...master.request, directives }, BY);
  return plan.action === 'change' ? operator.set(name, directives, BY) : { kind: 'nothing' };
}

function tell(results: readonly Result[], { out, err }: Output): void {
  for (const { plan, applied } of results) {
    const { name } = plan;
    if (applied?.kind === 'refused')
      err(`${name}: ${applied.faults.map(describeFault).join('; ') || applied.message}`);
    else if (plan.action === 'refused') err(`${name}: ${plan.why.replaceAll('\n', '; ')}`);
    else out(`${name}: ${sentence(plan, applied !== undefined)}`);
    if (plan.action !== 'refused') for (const note of plan.notes) out(`${name}: ${note}`);
  }
}

function sentence(plan: Exclude<Plan, { action: 'refused' }>, done: boolean): string {
  if (plan.action === 'monitor')
    return `${done ? 'is monitored now' : 'would be monitored'} at ${plan.address}`;
  if (plan.action === 'nothing') return `is monitored at ${plan.address} as the file says; nothing to change`;
  const told = plan.changes.map(
    ({ directive, from, to }) => `${directive} ${from || '(none)'} → ${to || '(none)'}`,
  );
  return `${done ? 'changed' : 'would change'}: ${told.join(', ')}`;
}

function asJson({ plan, applied }: Result) {
  const told: {
    name: string;
    action: string;
    why?: string;
    address?: string;
    changes?: readonly DirectiveChange[];
  } = {
    name: plan.name,
    action: plan.action,
    ...(plan.action === 'refused' ? { why: plan.why } : { address: plan.address, notes: plan.notes }),
    ...('changes' in plan && { changes: plan.changes }),
  };
  if (applied?.kind === 'refused') return { ...told, applied: false, why: applied.message };
  return { ...told, applied: applied !== undefined };
}
