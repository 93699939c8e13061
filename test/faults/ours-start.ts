/** Starts our sentinels for the rounds: each zone reaches each node by an entrance of its own. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type MasterState, nodeId } from '../../src/core/model.ts';
import { Oracle } from '../../src/local/oracle.ts';
import { settled } from '../../src/local/rehearsal.ts';
import { startStack } from '../../src/local/stack.ts';
import type { TableWrite } from '../../src/local/table-operation.ts';
import type { Directives } from './directives.ts';
import { EventLog } from './event-log.ts';
import { Group, zoneCaller } from './group.ts';
import { Ours } from './ours.ts';
import type { Subject } from './subject.ts';

const ZONES = ['a', 'b', 'c'] as const;
const SETTLE_MS = 60_000;
const LOG_LINES = 4000;

export interface OursOptions {
  readonly directives: Directives;
  readonly pulseMs: number;
  /** The folder of DynamoDB Local. @default dynalite */
  readonly dynamoDbLocal?: string;
  /** The zone of which no process is killed. */
  readonly spared: number;
}

export async function startOurs(options: OursOptions): Promise<Subject> {
  const group = new Group();
  const entrances: Record<string, Record<string, string>> = { a: {}, b: {}, c: {} };
  const log: string[] = [];
  const told = new EventLog();
  const oracle = new Oracle();
  const switches: string[] = [];
  const watchSwitches = switchesIn(switches);
  try {
    const stack = await startStack({
      name: 'mymaster',
      directives: { ...options.directives },
      pulseMs: options.pulseMs,
      ...(options.dynamoDbLocal !== undefined && { dynamoDbLocal: options.dynamoDbLocal }),
      nodeOptions: async (i, port) => {
        const node = await group.nodeOptions(i, port);
        for (const [zone, id] of ZONES.entries()) {
          const entrance = await group.doors[i]?.entranceFor(zoneCaller(zone));
          const map = entrances[id];
          if (entrance && map) map[group.announcedBy(i)] = nodeId(entrance);
        }
        return node;
      },
      addressMaps: () => entrances,
      onEvent: told.add,
      onWrite: (write) => {
        oracle.check(write);
        watchSwitches(write);
      },
      onLog: (source, pid, line) => {
        log.push(`${new Date().toISOString().slice(14)} ${source}[${pid}] ${line}`);
        if (log.length > LOG_LINES) log.splice(0, LOG_LINES / 2);
      },
    });
    group.nodes = stack.nodes;
    await settled(stack, SETTLE_MS).catch(async (error: Error) => {
      await stack.end();
      throw error;
    });
    const title = options.dynamoDbLocal === undefined ? 'ours, dynalite' : 'ours, DynamoDB Local';
    return new Ours(title, stack, group, ZONES[options.spared] ?? 'a', { log, told, oracle, switches });
  } catch (error) {
    await group.end();
    throw new Error(`${(error as Error).message}\n${log.slice(-60).join('\n')}`);
  }
}

/** Adds the kind of each failover whose write names another master. */
function switchesIn(switches: string[]): (write: TableWrite) => void {
  let configEpoch: number | undefined;
  return ({ key, item }) => {
    if (key.sk !== 'STATE' || !item) return;
    const state = unmarshall(item) as MasterState;
    if (configEpoch !== undefined && state.configEpoch !== configEpoch)
      switches.push(state.failover?.kind ?? 'adopted');
    configEpoch = state.configEpoch;
  };
}
