/** How the zones log on to the nodes: secrets that the template only refers to. */
import { createHash } from 'node:crypto';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { InvalidProp } from './invalid-prop.ts';
import type { MasterProps } from './masters.ts';

/**
 * The password of a master's nodes, from Secrets Manager. It is in no template, log, event or item of the table.
 *
 * By default it gets into the sentinel functions' encrypted environment by a dynamic reference, for the zones have no
 * way to Secrets Manager. With `readAt: 'run-time'` the functions ask for it themselves.
 *
 * WARNING: who may call `lambda:GetFunctionConfiguration` on the sentinel functions (and, with `encryptionKey`,
 * decrypt with that key) can read it, unless it is read at run time.
 *
 * WARNING: in the environment it does not follow a rotation by itself: CloudFormation resolves the reference again only when the
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
  /**
   * When it is read. At run time it is asked for once a minute, so that a rotation needs no deployment (let the nodes
   * take both passwords meanwhile), and only the functions' roles can read it.
   *
   * WARNING: at run time the VPC needs a path to Secrets Manager: an interface endpoint with private DNS (about $7.30 a
   * month and zone) that the sentinels' security group may reach, or a NAT. A secret that is encrypted with a key of
   * yours needs that key's leave for `sentinelFunctions`.
   * @default 'deployment'
   */
  readonly readAt?: 'deployment' | 'run-time';
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

/** What a master's `auth-pass` says: where the sentinels find the password. */
export function passwordReference(master: string, credentials: Credentials): string {
  if (!atRunTime(credentials)) return `env:${passwordVariable(master)}`;
  const { secret, passwordField = '', versionId = '' } = credentials;
  const plain = passwordField === '' && versionId === '';
  return `secret:${secret.secretArn}${plain ? '' : `:${passwordField}::${versionId}`}`;
}

function atRunTime({ readAt = 'deployment' }: Credentials): boolean {
  if (readAt !== 'deployment' && readAt !== 'run-time') {
    throw new InvalidProp('credentials.readAt', readAt, "'deployment' or 'run-time'");
  }
  return readAt === 'run-time';
}

/** The secrets that the sentinels ask for themselves. */
export function secretsReadAtRunTime(masters: readonly MasterProps[]): SecretReference[] {
  const secrets = masters.flatMap(({ credentials }) =>
    credentials && atRunTime(credentials) ? [credentials.secret] : [],
  );
  return [...new Map(secrets.map((secret) => [secret.secretArn, secret])).values()];
}

/** The leave to read them. An ARN by name lacks the six signs that Secrets Manager adds. */
export function secretStatements(secrets: readonly SecretReference[]): PolicyStatement[] {
  if (secrets.length === 0) return [];
  const resources = secrets.flatMap(({ secretArn }) => [secretArn, `${secretArn}-??????`]);
  return [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources })];
}

/** For the sentinels' environment: a variable for each master whose password is put there. */
export function passwordVariables(masters: readonly MasterProps[]): Record<string, string> {
  const entries = masters.flatMap(({ name, credentials }) =>
    credentials && !atRunTime(credentials) ? [[passwordVariable(name), reference(credentials)]] : [],
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
