/** AES-256-GCM: a secret as it may lie in the table. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Unreadable } from '../../ports.ts';
import type { SecretsKey } from './key.ts';

export interface SealedSecret {
  readonly id: string;
  /** Of the key it was sealed with. */
  readonly keyId: string;
  /** 12 random bytes in base64: 2^32 secrets under one key before two meet, and there are some hundreds. */
  readonly nonce: string;
  /** With the authentication tag at its end, in base64. */
  readonly ciphertext: string;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function seal(id: string, secret: string, key: SecretsKey): SealedSecret {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(id));
  const parts = [cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return {
    id,
    keyId: key.id,
    nonce: nonce.toString('base64'),
    ciphertext: Buffer.concat(parts).toString('base64'),
  };
}

/** @throws Unreadable for another key, and for an item that was changed or moved. */
export function unseal(sealed: SealedSecret, key: SecretsKey): string {
  const reference = `stored:${sealed.id}`;
  if (sealed.keyId !== key.id) {
    throw new Unreadable(
      `${reference} was sealed with the key ${sealed.keyId}, and this deployment has the key ${key.id}`,
    );
  }
  try {
    return opened(sealed, key);
  } catch {
    // The cause says no more than that the tag does not fit, and is not worth a chance to leak.
    throw new Unreadable(`${reference} does not open: its item was changed, or moved from another reference`);
  }
}

function opened({ id, nonce, ciphertext }: SealedSecret, key: SecretsKey): string {
  const decipher = createDecipheriv(CIPHER, key.bytes, Buffer.from(nonce, 'base64'), {
    authTagLength: TAG_BYTES,
  });
  const bytes = Buffer.from(ciphertext, 'base64');
  decipher.setAAD(boundTo(id));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
}

/** Under another id the same bytes do not open: who can write the table cannot swap one password for another. */
function boundTo(id: string): Buffer {
  return Buffer.from(`stored:${id}`, 'utf8');
}
