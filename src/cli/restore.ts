/** `lambda-sentinel restore`: masters as a restored table knows them, brought into the one the sentinels agree in. */
import { type MasterState, nodeId } from '../core/model.ts';
import { live } from '../core/operations/outcome.ts';
import { restore } from '../core/operations/restore.ts';
import { change, list } from '../sentinel/changes.ts';
import { DONE, FAILED, Misuse, type Output, type Status } from './output.ts';
import { openTable, type Table, type TableChoice } from './table.ts';

export interface RestoreChoices extends TableChoice {
  readonly from: string;
  readonly dryRun?: boolean;
}

const BY = 'restore';

/** Each master by itself: one that is refused keeps no other from being restored. */
export async function restoreMasters(
  names: readonly string[],
  choices: RestoreChoices,
  output: Output,
): Promise<Status> {
  const table = openTable(choices, output);
  const backup = openTable({ ...choices, table: choices.from }, output);
  try {
    if (backup.tableName === table.tableName) {
      throw new Misuse(`--from names the table itself: allowed is the one that was restored beside it`);
    }
    const wanted = names.length > 0 ? names : await backup.store.names();
    if (wanted.length === 0) {
      output.err(`table ${backup.tableName} knows no master: nothing was restored`);
      return FAILED;
    }
    let status: Status = DONE;
    for (const name of wanted) {
      if (!(await restoreOne(name, table, backup, choices, output))) status = FAILED;
    }
    return status;
  } finally {
    table.close();
    backup.close();
  }
}

async function restoreOne(
  name: string,
  table: Table,
  backup: Table,
  { dryRun = false }: RestoreChoices,
  { out, err }: Output,
): Promise<boolean> {
  const source = await backup.store.readState(name);
  const apply = (found: MasterState | undefined) => restore(found, source, BY, table.clock.now());
  const outcome = dryRun ? apply(await table.store.readState(name)) : await change(table, name, apply);
  if (outcome.kind === 'refused') {
    err(`${name}: ${live(source) ? outcome.message : `table ${backup.tableName} has no such master`}`);
    return false;
  }
  if (outcome.kind === 'done') await list(table.store, name, true);
  const state = outcome.kind === 'change' ? outcome.next : outcome.state;
  const epoch = `epoch ${source?.currentEpoch} → ${state.currentEpoch}`;
  out(`${name}: ${dryRun ? 'would be' : 'is'} restored at ${nodeId(state.master.address)}, paused, ${epoch}`);
  const kept = [state.directives.authPass, state.directives.authPassBefore].filter((one) =>
    one?.startsWith('stored:'),
  );
  if (kept.length > 0)
    out(`${name}: its password was kept encrypted in the other table: set auth-pass again`);
  return true;
}
