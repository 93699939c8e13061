/** How the zones log on to the nodes: secrets that the template only refers to. */
import { createHash } from 'node:crypto';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { MasterProps } from './masters.ts';

/**
 * The password of a master's nodes, from Secrets Manager.
 *
 * It gets into the sentinel functions' encrypted environment by a dynamic reference, for the zones have no way to
 * Secrets Manager (an interface endpoint costs about $7.30 a month and zone). It is in no template, log, event or
 * item of the table.
 *
 * WARNING: who may call `lambda:GetFunctionConfiguration` on the sentinel functions (and, with `encryptionKey`,
 * decrypt with that key) can read it.
 *
 * WARNING: it does not follow a rotation by itself: CloudFormation resolves the reference again only when the
 * property that holds it changes. Rotate so: let the nodes take the new password beside the old one (an ACL user may
 * have several), deploy with `versionId` of the new version, then take the old one away.
 *
 * @example
 * { secret: Secret.fromSecretNameV2(this, 'RedisPassword', 'redis/orders'), passwordField: 'password' }
 */
export interface Credentials {
  readonly secret: SecretReference;
  /** The field of the secret's JSON that holds the password. @default - the whole secret is the password */
  readonly passwordField?: string;
  /**
   * The version that is deployed; a change of it is what brings a rotated password into the functions.
   * @default - AWSCURRENT at the deployment
   */
  readonly versionId?: string;
  /** Their ACL user: its rights are in docs/NODES.md. @default - the default user */
  readonly username?: string;
}

/** A secret of which nothing is used but where it is. */
export type SecretReference = Pick<ISecret, 'secretArn'>;

const NAME_MAX = 128;

/** The environment variable of a master's password: no two names share one, and it is a variable's name. */
export function passwordVariable(master: string): string {
  const escaped = master.replace(
    /[^A-Za-z0-9]/g,
    (sign) => `_${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const name = `AUTH_PASS_${escaped}`;
  return name.length <= NAME_MAX ? name : `AUTH_PASS_${createHash('sha256').update(master).digest('hex')}`;
}

/** For the sentinels' environment: a variable for each master that has a password. */
export function passwordVariables(masters: readonly MasterProps[]): Record<string, string> {
  const entries = masters.flatMap(({ name, credentials }) =>
    credentials ? [[passwordVariable(name), reference(credentials)]] : [],
  );
  return Object.fromEntries(entries);
}

function reference({ secret, passwordField = '', versionId = '' }: Credentials): string {
  return dynamicReference(secret, passwordField, versionId);
}

/** What CloudFormation puts in the secret's place; the template holds these words alone. */
export function dynamicReference(secret: SecretReference, jsonField = '', versionId = ''): string {
  return `{{resolve:secretsmanager:${secret.secretArn}:SecretString:${jsonField}::${versionId}}}`;
}
