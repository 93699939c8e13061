/** Reading access to the sentinels' table for a client library, in place of the HTTP endpoint. */
import type { StateStore } from '../../ports.ts';
import { jsonTelemetry } from '../system/telemetry.ts';
import { type DynamoClientOptions, dynamoClient } from './client.ts';
import { DynamoStore } from './store.ts';

export interface TableReaderOptions extends Pick<DynamoClientOptions, 'endpoint' | 'region' | 'credentials'> {
  readonly tableName: string;
}

/** What a resolver takes as its `table`; `close` ends its connections. */
export interface TableReader extends Pick<StateStore, 'readState'> {
  close(): void;
}

/**
 * Who reads needs `dynamodb:GetItem` on the table, and nothing else.
 * @example
 * const resolver = createResolver({ table: tableReader({ tableName: 'sentinel', region: 'eu-west-1' }) });
 */
export function tableReader({ tableName, ...connection }: TableReaderOptions): TableReader {
  const client = dynamoClient({ connectionTimeoutMs: 1000, requestTimeoutMs: 1000, ...connection });
  const store = new DynamoStore({ client, tableName, telemetry: jsonTelemetry('error') });
  return { readState: (name) => store.readState(name), close: () => client.destroy() };
}
