/** The deployment's key for the secrets in the table. */
import { createHash } from 'node:crypto';

export interface SecretsKey {
  /** 32 bytes: AES-256. */
  readonly bytes: Buffer;
  /** Tells keys apart without telling them: the first 8 hex digits of the key's SHA-256. */
  readonly id: string;
}

/** A deployment that stores no secret needs no key, and runs without one; `missing` is then told to who asks. */
export type KeySetting = SecretsKey | { readonly missing: string };

const HEX = /^[0-9a-fA-F]{64}$/;
/** 32 bytes take 43 characters, in either alphabet, and one of padding that may be left out. */
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;

/** @param name - the environment variable that holds the key */
export function secretsKeyFrom(
  environment: Readonly<Record<string, string | undefined>>,
  name = 'SECRETS_KEY',
): KeySetting {
  const text = environment[name]?.trim();
  if (!text) return { missing: `environment variable ${name} is not set` };
  // The value is a secret, also when it is mistyped: only its length is told.
  return (
    readKey(text) ?? {
      missing: `environment variable ${name} must be 32 bytes in base64 or hex, and is ${text.length} characters`,
    }
  );
}

/** @returns undefined unless `text` is 32 bytes in base64 or hex. */
export function readKey(text: string): SecretsKey | undefined {
  if (!HEX.test(text) && !BASE64.test(text)) return undefined;
  const bytes = Buffer.from(text, HEX.test(text) ? 'hex' : 'base64');
  return { bytes, id: createHash('sha256').update(bytes).digest('hex').slice(0, 8) };
}
