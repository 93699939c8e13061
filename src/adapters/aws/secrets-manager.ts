/** Secrets read at run time, where the network has a path to Secrets Manager. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Unreadable } from '../../ports.ts';
import { BOUNDED } from './bounds.ts';
import { isFinal } from './failures.ts';

/** An ARN's own seven fields, then as ECS writes them: the field of the secret's JSON, the stage, the version. */
const REFERENCE =
  /^(?<id>arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::(?<field>[^:]*):(?<stage>[^:]*):(?<version>[^:]*))?$/;

/**
 * Reads `ARN` or `ARN:json-key:version-stage:version-id`, any of the last three empty.
 * @throws Unreadable when there is no such secret, field or right; other failures as the SDK throws them
 */
export type FetchSecret = (reference: string, signal: AbortSignal) => Promise<string>;

/** The client is made at the first secret: most fleets have none to read. */
export function secretsManagerReader(makeClient = () => new SecretsManagerClient(BOUNDED)): FetchSecret {
  let client: SecretsManagerClient | undefined;
  return async (reference, abortSignal) => {
    const { id, field, stage, version } = REFERENCE.exec(reference)?.groups ?? {};
    if (id === undefined) {
      throw new Unreadable(
        `secret:${reference}: allowed is the ARN of a secret, and after it :json-key:version-stage:version-id`,
      );
    }
    client ??= makeClient();
    const request = new GetSecretValueCommand({
      SecretId: id,
      ...(stage && { VersionStage: stage }),
      ...(version && { VersionId: version }),
    });
    const { SecretString: text } = await client.send(request, { abortSignal }).catch((error: unknown) => {
      if (!isFinal(error)) throw error;
      throw new Unreadable(`secret:${reference}: Secrets Manager refused it: ${(error as Error).name}`);
    });
    if (text === undefined) throw new Unreadable(`secret:${reference}: it is binary, and a text is needed`);
    return field ? fieldOf(text, field, reference) : text;
  };
}

/** What stands in the secret is told of in no error. */
function fieldOf(text: string, field: string, reference: string): string {
  let value: unknown;
  try {
    const parsed: unknown = JSON.parse(text);
    value =
      typeof parsed === 'object' && parsed !== null && Object.hasOwn(parsed, field)
        ? (parsed as Record<string, unknown>)[field]
        : undefined;
  } catch {
    throw new Unreadable(`secret:${reference}: it is no JSON, and its field ${field} is asked for`);
  }
  if (typeof value === 'string' && value !== '') return value;
  throw new Unreadable(`secret:${reference}: its JSON has no text in the field ${field}`);
}
