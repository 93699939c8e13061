/** The masters of a zone's file, entered into the table where they are not there yet. */
import type { ConfMaster } from '../conf/masters.ts';
import type { Telemetry } from '../ports.ts';
import type { Operator } from '../sentinel/operate.ts';
import { type ImportDeps, planImport } from './import-plan.ts';
import { Misuse } from './output.ts';

/**
 * What is in the table counts for all zones and stays; where the file says otherwise the log says so.
 * @throws Misuse for one that cannot be entered, with the reason
 */
export async function registerMasters(
  masters: readonly ConfMaster[],
  deps: ImportDeps & { readonly operator: Operator; readonly telemetry: Telemetry; readonly by: string },
): Promise<void> {
  const { telemetry, operator, by } = deps;
  for (const master of masters) {
    const { name, request } = master;
    const plan = await planImport(deps, master, {});
    if (plan.action === 'refused') throw new Misuse(`${name}: ${plan.why.replaceAll('\n', '; ')}`);
    if (plan.action === 'monitor') {
      const answer = await operator.monitor({ ...request, directives: plan.directives }, by);
      if (answer.kind === 'refused') throw new Misuse(`${name}: ${answer.message.replaceAll('\n', '; ')}`);
    } else {
      for (const { directive, from, to } of plan.changes) {
        const counts = `${name}: ${directive} is ${from || '(none)'} in the table, which counts`;
        telemetry.log('warn', `${counts}, and ${to} in the file: SENTINEL SET or import changes the table`);
      }
    }
  }
}
