/** Who keeps passwords that are given to a door: whoever has the deployment's key. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock, Secrets } from '../../ports.ts';
import { DynamoSealedSecrets } from '../dynamodb/sealed-secrets.ts';
import { secretsKeyFrom } from './key.ts';
import { createSecrets } from './secrets.ts';

/**
 * @returns undefined where `SECRETS_KEY` is not set: then a password is refused, and only references are taken
 * @throws Error when it is set and no key: every password given would fail later, and not say why to who can mend it
 */
export function secretsKeeper(
  table: { readonly client: DynamoDBClient; readonly tableName: string },
  clock: Pick<Clock, 'now' | 'sleep'>,
): Secrets | undefined {
  if (!process.env['SECRETS_KEY']) return undefined;
  const key = secretsKeyFrom(process.env);
  if ('missing' in key) throw new Error(key.missing);
  return createSecrets({ clock, key, sealed: new DynamoSealedSecrets(table) });
}
