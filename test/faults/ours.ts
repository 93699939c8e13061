/** Our sentinels under test: a whole stack of real processes, with a door before each node. */
import { dynamoClient } from '../../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { jsonTelemetry } from '../../src/adapters/system/telemetry.ts';
import { type MasterState, nodeId } from '../../src/core/model.ts';
import type { Oracle } from '../../src/local/oracle.ts';
import type { Stack } from '../../src/local/stack.ts';
import { functionNameOf } from '../../src/local/stack-functions.ts';
import type { EventLog } from './event-log.ts';
import type { Fault } from './fault.ts';
import type { Group } from './group.ts';
import { beginOnGroup, isGroupFault } from './group-faults.ts';
import { beginInStack } from './ours-faults.ts';
import type { Lift, Subject } from './subject.ts';

/** What is written down from the start on. */
export interface Records {
  readonly log: string[];
  readonly told: EventLog;
  readonly oracle: Oracle;
  readonly switches: readonly string[];
}

export class Ours implements Subject {
  readonly title: string;
  readonly master: string;
  readonly group: Group;
  readonly readUrl: string;
  readonly judged = true;
  readonly #stack: Stack;
  /** Past the front door: the faults are not the judge's. */
  readonly #store: DynamoStore;
  readonly #client: ReturnType<typeof dynamoClient>;
  readonly #spared: string;
  readonly #records: Records;

  /** @param spared - the zone of which no process is killed */
  constructor(title: string, stack: Stack, group: Group, spared: string, records: Records) {
    this.title = title;
    this.master = stack.name;
    this.group = group;
    this.readUrl = stack.readUrl;
    this.#stack = stack;
    this.#client = dynamoClient({
      endpoint: stack.table.storeEndpoint,
      region: 'local',
      credentials: { accessKeyId: 'judge', secretAccessKey: 'local' },
    });
    const { tableName } = stack.table;
    this.#store = new DynamoStore({ client: this.#client, tableName, telemetry: jsonTelemetry('error') });
    this.#spared = spared;
    this.#records = records;
  }

  async currentMaster(): Promise<string> {
    return nodeId((await this.#state()).master.address);
  }

  async begin(fault: Fault): Promise<Lift | undefined> {
    if (isGroupFault(fault)) return beginOnGroup(this.group, await this.currentMaster(), fault);
    return beginInStack(this.#stack, this.#spared, fault);
  }

  async unsettled(): Promise<string | undefined> {
    const { election, failover, command, outage, coolDown, paused, voters } = await this.#state();
    if (paused) return 'it is paused';
    const open = Object.entries({ election, failover, command, outage, coolDown }).find(([, part]) => part);
    if (open?.[0] === 'coolDown' && (coolDown?.until ?? 0) < Date.now()) return undefined;
    if (open) return `open: ${open[0]} ${JSON.stringify(open[1])}`;
    return voters.length === this.#stack.zones.length ? undefined : `the voters are ${voters.join(', ')}`;
  }

  get switches(): readonly string[] {
    return this.#records.switches;
  }

  completed(): number {
    return this.#records.told.count('+failover-end');
  }

  broken(): readonly string[] {
    return [...this.#records.oracle.broken, ...this.#records.told.broken];
  }

  takeLog(): readonly string[] {
    return this.#records.log.splice(0);
  }

  events(): readonly string[] {
    return this.#records.told.events.map(
      ({ at, by, source, type, payload }) =>
        `${new Date(at).toISOString().slice(14)} ${source} ${by} ${type} ${payload}`,
    );
  }

  watched(): readonly number[] {
    return this.#stack.functions.environments(functionNameOf(this.#spared)).map(({ pid }) => pid);
  }

  async end(): Promise<void> {
    this.#client.destroy();
    await this.#stack.end();
    await this.group.end();
  }

  async #state(): Promise<MasterState> {
    const state = await this.#store.readState(this.master);
    if (!state) throw new Error(`the table holds no state of ${this.master}`);
    return state;
  }
}
