/** The table of a process that stays: impatient, as a sentinel is. */
import { dynamoClient } from '../adapters/dynamodb/client.ts';
import { DynamoSealedSecrets } from '../adapters/dynamodb/sealed-secrets.ts';
import { DynamoStore } from '../adapters/dynamodb/store.ts';
import { secretsKeyFrom } from '../adapters/secrets/key.ts';
import { createSecrets } from '../adapters/secrets/secrets.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { LoopClock, Secrets, StateStore, Telemetry } from '../ports.ts';
import { Operator } from '../sentinel/operate.ts';
import { Misuse } from './output.ts';
import { type Listener, overhear } from './overhear.ts';
import { connectionOf, keeper, NO_REGION, type TableChoice, tableNameOf } from './table.ts';

export interface Serving {
  readonly tableName: string;
  readonly store: StateStore;
  /** Told of all that this process reads and writes of its masters. */
  readonly listeners: Set<Listener>;
  readonly clock: LoopClock;
  /** Opens references. */
  readonly secrets: Secrets;
  /** Keeps passwords; undefined where `SECRETS_KEY` is not set. */
  readonly keeping: Secrets | undefined;
  readonly operator: Operator;
  close(): void;
}

/** @throws Misuse */
export async function serveTable(
  choice: TableChoice,
  pulseMs: number,
  telemetry: Telemetry,
): Promise<Serving> {
  const tableName = tableNameOf(choice);
  const client = dynamoClient(connectionOf(choice));
  // what no time cures is told at once: this process would wait for the table for ever
  await client.config.region().catch(() => {
    throw new Misuse(NO_REGION);
  });
  const listeners = new Set<Listener>();
  const asked = new DynamoStore({ client, tableName, telemetry });
  const store = overhear(asked, { clock: systemClock, telemetry }, listeners);
  const keeping = keeper({ client, tableName });
  const sealed = new DynamoSealedSecrets({ client, tableName });
  const secrets = createSecrets({ clock: systemClock, key: secretsKeyFrom(process.env), sealed });
  const operator = new Operator({ store, clock: systemClock, pulseMs, ...(keeping && { secrets: keeping }) });
  const close = () => client.destroy();
  return { tableName, store, listeners, clock: systemClock, secrets, keeping, operator, close };
}
