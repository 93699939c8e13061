/** Where each kind of reference leads. No error here holds a secret, nor what was given in place of a reference. */
import { randomUUID } from 'node:crypto';
import type { SecretReference } from '../../core/model.ts';
import { type Secrets, Unavailable, Unreadable } from '../../ports.ts';
import { Budget } from '../dynamodb/budget.ts';
import type { KeySetting, SecretsKey } from './key.ts';
import { type SealedSecret, seal, unseal } from './seal.ts';

/** Where sealed secrets lie. Both throw Unavailable; `read` throws Unreadable for what it cannot understand. */
export interface SealedSecrets {
  read(id: string): Promise<SealedSecret | undefined>;
  write(sealed: SealedSecret): Promise<void>;
}

export interface SecretSourcesOptions {
  readonly sealed: SealedSecrets;
  /** From {@link ./key.ts}. */
  readonly key: KeySetting;
  /** What `env:NAME` is looked up in. @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Reads `secret:ARN`. @default - such references are not available here */
  readonly fetchSecret?: (arn: string, signal: AbortSignal) => Promise<string>;
  /** For one call of `fetchSecret`, in milliseconds. @default 2000 */
  readonly fetchDeadlineMs?: number;
}

const REFERENCE =
  /^(?:env:([A-Za-z_][A-Za-z0-9_]{0,127})|secret:([\x21-\x7e]{1,512})|stored:([A-Za-z0-9-]{1,64}))$/;
/** The function's own credentials and the key of the others: a directive must not send them to a node as a password. */
const OWN = /^(AWS_|_|SECRETS_KEY)/;

export class SecretSources implements Secrets {
  readonly #options: SecretSourcesOptions;

  constructor(options: SecretSourcesOptions) {
    this.#options = options;
  }

  async reveal(reference: SecretReference): Promise<string> {
    const [, variable, arn, id] = REFERENCE.exec(reference) ?? [];
    if (variable !== undefined) return this.#environment(variable);
    if (arn !== undefined) return this.#fetched(arn);
    if (id !== undefined) return this.#stored(id);
    throw new Unreadable('a secret is given as env:NAME, secret:ARN or stored:ID, and this is none of them');
  }

  async keep(secret: string): Promise<SecretReference> {
    const sealed = seal(randomUUID(), secret, this.#key('a secret cannot be stored'));
    await this.#options.sealed.write(sealed);
    return `stored:${sealed.id}`;
  }

  #environment(name: string): string {
    if (OWN.test(name)) throw new Unreadable(`env:${name} is the deployment's own and no password of a node`);
    const value = (this.#options.environment ?? process.env)[name];
    if (!value) throw new Unreadable(`env:${name}: environment variable ${name} is not set`);
    return value;
  }

  async #fetched(arn: string): Promise<string> {
    const { fetchSecret, fetchDeadlineMs = 2000 } = this.#options;
    if (!fetchSecret) {
      throw new Unreadable(
        `secret:${arn} is read by a deployment that has a path to Secrets Manager; not available here`,
      );
    }
    try {
      return await new Budget(fetchDeadlineMs).spend(0, (signal) => fetchSecret(arn, signal));
    } catch (error) {
      if (error instanceof Unreadable || error instanceof Unavailable) throw error;
      // Another's message may quote what it could not parse: its name alone is told.
      throw new Unavailable(
        `secret:${arn} could not be fetched: ${error instanceof Error ? error.name : 'Error'}`,
      );
    }
  }

  async #stored(id: string): Promise<string> {
    const key = this.#key(`stored:${id} cannot be opened`);
    const sealed = await this.#options.sealed.read(id);
    if (!sealed) throw new Unreadable(`stored:${id}: there is no such secret in the table`);
    return unseal(sealed, key);
  }

  #key(otherwise: string): SecretsKey {
    const { key } = this.#options;
    if ('missing' in key) throw new Unreadable(`${otherwise}: ${key.missing}`);
    return key;
  }
}
