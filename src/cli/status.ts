/** `lambda-sentinel status [name]`: what the table says, as an operator wants to read it. */
import { heartbeatMs } from '../core/quorum-check.ts';
import { describeDirectives, describeMaster } from '../http/master.ts';
import { describeReplicas } from '../http/replicas.ts';
import { readSeen, type Seen } from '../http/seen.ts';
import { describeSentinels } from '../http/sentinels.ts';
import { Unreadable } from '../ports.ts';
import { DONE, FAILED, type Output, type Status } from './output.ts';
import { lastEvents } from './status-events.ts';
import { listingText, masterText, type Row } from './status-text.ts';
import { openTable, type Table, type TableChoice } from './table.ts';

export interface StatusChoices extends TableChoice {
  readonly json?: boolean;
  readonly events?: number;
  readonly pulse?: number;
}

const EVENTS_PRESET = 10;

export async function status(
  name: string | undefined,
  choices: StatusChoices,
  output: Output,
): Promise<Status> {
  const table = openTable(choices, output);
  try {
    return await (name === undefined
      ? statusOfAll(table, choices, output)
      : statusOfOne(table, name, choices, output));
  } finally {
    table.close();
  }
}

async function statusOfAll(table: Table, choices: StatusChoices, output: Output): Promise<Status> {
  const names = await table.store.names();
  const rows = (await Promise.all(names.map((name) => row(table, name, choices)))).filter(
    (one) => one !== undefined,
  );
  if (choices.json) {
    output.out(
      JSON.stringify({ masters: rows.map((one) => ('seen' in one ? asJson(one.seen, choices) : one)) }),
    );
  } else if (rows.length === 0) {
    output.out(
      `no master is monitored in table ${table.tableName}: lambda-sentinel import sentinel.conf adds some`,
    );
  } else output.out(listingText(rows));
  return DONE;
}

/** One that a newer version wrote must not hide the others. */
async function row(table: Table, name: string, choices: StatusChoices): Promise<Row | undefined> {
  try {
    const seen = await see(table, name, choices);
    return seen && { name, seen };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { name, unreadable: error.message };
  }
}

async function statusOfOne(
  table: Table,
  name: string,
  choices: StatusChoices,
  output: Output,
): Promise<Status> {
  const seen = await see(table, name, choices);
  if (!seen) {
    const names = await table.store.names();
    const known = names.length === 0 ? 'none is' : `monitored are: ${names.join(', ')}`;
    output.err(`no master named "${name}" is monitored in table ${table.tableName}; ${known}`);
    return FAILED;
  }
  if (choices.json) output.out(JSON.stringify(asJson(seen, choices)));
  else output.out(masterText(seen, lastEvents(seen, choices.events ?? EVENTS_PRESET)));
  return DONE;
}

function see(
  { store, clock }: Table,
  name: string,
  { pulse = 1000 }: StatusChoices,
): Promise<Seen | undefined> {
  return readSeen(store, clock, heartbeatMs(pulse), name);
}

function asJson(seen: Seen, { events = EVENTS_PRESET }: StatusChoices) {
  const { ckquorum, sentinels } = describeSentinels(seen);
  return {
    ...describeMaster(seen.state),
    directives: describeDirectives(seen.state),
    replicas: describeReplicas(seen).replicas,
    ckquorum,
    sentinels,
    events: lastEvents(seen, events),
  };
}
