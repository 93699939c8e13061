/** Which table a command works on: options, or the environment variables that the AWS SDK reads. */
import { type Command, Option } from 'commander';
import { type DynamoClientOptions, dynamoClient } from '../adapters/dynamodb/client.ts';
import { DynamoStore } from '../adapters/dynamodb/store.ts';
import { secretsKeeper } from '../adapters/secrets/keeper.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { Clock, Secrets, StateStore, Telemetry } from '../ports.ts';
import { Misuse, type Output } from './output.ts';

export interface TableChoice {
  readonly table?: string;
  readonly endpoint?: string;
  readonly region?: string;
}

export interface Table {
  readonly client: ReturnType<typeof dynamoClient>;
  readonly tableName: string;
  readonly store: StateStore;
  readonly clock: Clock;
  /** Undefined where `SECRETS_KEY` is not set. */
  readonly secrets?: Secrets;
  close(): void;
}

const NAME = /^[A-Za-z0-9_.-]{3,255}$/;
/** From a desk to a region and back takes its time; a command may wait for it. */
const PATIENT: DynamoClientOptions = { connectionTimeoutMs: 3000, requestTimeoutMs: 5000 };
const DEADLINE_MS = 15_000;
const READ_BACK_MS = 5000;

export const NO_REGION = 'no region is named: give --region, or set AWS_REGION';
const NO_CREDENTIALS =
  'no credentials are found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

/** What the SDK says of a machine that is not set up for AWS does not say what to do. */
export function cureFor(message: string): string | undefined {
  if (message.includes('Region is missing')) return NO_REGION;
  return message.includes('Could not load credentials') ? NO_CREDENTIALS : undefined;
}

export function withTable(command: Command): Command {
  return command
    .addOption(new Option('--table <name>', 'the DynamoDB table the sentinels agree in').env('TABLE_NAME'))
    .option(
      '--endpoint <url>',
      "another endpoint of DynamoDB than the region's, such as that of a local table",
    )
    .option('--region <name>', 'the region of the table (default: AWS_REGION, or your AWS configuration)');
}

/** For a command that asks and ends. @throws Misuse */
export function openTable(choice: TableChoice, output: Output): Table {
  const tableName = tableNameOf(choice);
  const client = dynamoClient({ ...connectionOf(choice), ...PATIENT });
  const store = new DynamoStore({
    ...{ client, tableName, telemetry: complaints(output) },
    ...{ deadlineMs: DEADLINE_MS, readBackMs: READ_BACK_MS },
  });
  const secrets = keeper({ client, tableName });
  return {
    ...{ client, tableName, store, clock: systemClock },
    ...(secrets && { secrets }),
    close: () => client.destroy(),
  };
}

/** @throws Misuse */
export function tableNameOf({ table }: TableChoice): string {
  if (!table) throw new Misuse('no table is named: give --table NAME, or set TABLE_NAME');
  if (!NAME.test(table)) {
    throw new Misuse(`--table "${table}": allowed are 3 to 255 of the characters A-Z a-z 0-9 _ . -`);
  }
  return table;
}

/** A table on this machine asks for no credentials of yours. @throws Misuse */
export function connectionOf({ endpoint, region }: TableChoice): DynamoClientOptions {
  if (endpoint === undefined) return region === undefined ? {} : { region };
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Misuse(`--endpoint "${endpoint}": allowed is a URL such as http://127.0.0.1:8000`);
  }
  if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
    return { endpoint, ...(region !== undefined && { region }) };
  }
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const named = region ?? process.env['AWS_REGION'] ?? 'local';
  return { endpoint, region: named, ...(process.env['AWS_ACCESS_KEY_ID'] ? {} : { credentials }) };
}

/** @throws Misuse for a key that is none */
export function keeper(table: Parameters<typeof secretsKeeper>[0]): Secrets | undefined {
  try {
    return secretsKeeper(table, systemClock);
  } catch (error) {
    throw new Misuse((error as Error).message);
  }
}

/** Of what the table's adapter logs, what a person at a terminal should know. */
function complaints(output: Output): Telemetry {
  return {
    log(level, message) {
      if (level === 'warn' || level === 'error') output.err(message);
    },
  };
}
