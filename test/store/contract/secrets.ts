/** Secrets in the table: who holds the table without the key learns nothing and can change nothing unseen. */
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Item } from '../../../src/adapters/dynamodb/codec.ts';
import { SECRETS, secretKey } from '../../../src/adapters/dynamodb/keys.ts';
import { type KeySetting, readKey } from '../../../src/adapters/secrets/key.ts';
import { SecretSources } from '../../../src/adapters/secrets/sources.ts';
import { Unreadable } from '../../../src/ports.ts';
import type { StoreUnderTest, Use } from './under-test.ts';

const PLAIN = 'correct horse, battery staple: пароль';

export function secretContract(use: Use): void {
  it('are given back whole, each under a reference of its own', async () => {
    const secrets = secretsOf(use(), aKey());
    const references = [await secrets.keep(PLAIN), await secrets.keep(PLAIN), await secrets.keep('other')];
    expect(new Set(references).size).toBe(3);
    for (const reference of references) expect(reference).toMatch(/^stored:[0-9a-f-]{36}$/);
    expect(await Promise.all(references.map((each) => secrets.reveal(each)))).toEqual([
      PLAIN,
      PLAIN,
      'other',
    ]);
  });

  it('lie in the table as nothing that can be read, nor seen to be equal', async () => {
    const table = use();
    const key = aKey();
    const secrets = secretsOf(table, key);
    const items = [
      await kept(table, await secrets.keep(PLAIN)),
      await kept(table, await secrets.keep(PLAIN)),
    ];
    const raw = JSON.stringify(await table.everything());
    expect(raw).toContain(items[0]?.['ciphertext']);
    for (const encoding of ['utf8', 'base64', 'base64url', 'hex', 'latin1'] as const) {
      expect(raw).not.toContain(Buffer.from(PLAIN).toString(encoding));
      expect(raw).not.toContain(key.bytes.toString(encoding));
    }
    expect(raw).not.toContain('battery');
    expect(items[0]?.['ciphertext']).not.toBe(items[1]?.['ciphertext']);
    expect(items[0]?.['nonce']).not.toBe(items[1]?.['nonce']);
    expect(items[0]).toMatchObject({ pk: SECRETS, schema: { major: 1 }, keyId: key.id });
  });

  it('say so when they were sealed with another key', async () => {
    const [then, now] = [aKey(), aKey()];
    const reference = await secretsOf(use(), then).keep(PLAIN);
    const error = await failureOf(secretsOf(use(), now), reference);
    expect(error.message).toBe(
      `${reference} was sealed with the key ${then.id}, and this deployment has the key ${now.id}`,
    );
  });

  it('do not open with another key that claims the id of the right one', async () => {
    const [then, now] = [aKey(), aKey()];
    const reference = await secretsOf(use(), then).keep(PLAIN);
    expect((await failureOf(secretsOf(use(), { ...now, id: then.id }), reference)).message).toMatch(
      /changed/,
    );
  });

  it('do not open when a byte of the item was changed, or when it was cut short', async () => {
    const table = use();
    const secrets = secretsOf(table, aKey());
    const reference = await secrets.keep(PLAIN);
    const item = await kept(table, reference);
    const changes = [
      { ciphertext: flipped(item['ciphertext'], 0) },
      { ciphertext: flipped(item['ciphertext'], -1) },
      { ciphertext: Buffer.from(String(item['ciphertext']), 'base64').subarray(0, 8).toString('base64') },
      { nonce: flipped(item['nonce'], 3) },
      { nonce: 'AA==' },
    ];
    for (const change of changes) {
      await table.plant({ ...item, ...change });
      expect((await failureOf(secrets, reference)).message).toMatch(/does not open/);
    }
    await table.plant({ ...item, nonce: 12 });
    expect((await failureOf(secrets, reference)).message).toMatch(/field nonce/);
    await table.plant(item);
    expect(await secrets.reveal(reference)).toBe(PLAIN);
  });

  it('do not open under another id, whether or not the item still tells its own', async () => {
    const table = use();
    const secrets = secretsOf(table, aKey());
    const item = await kept(table, await secrets.keep(PLAIN));
    await table.plant({ ...item, ...secretKey('moved') });
    expect((await failureOf(secrets, 'stored:moved')).message).toMatch(/its fields belong to SECRETS /);
    await table.plant({ ...item, ...secretKey('moved'), id: 'moved' });
    expect((await failureOf(secrets, 'stored:moved')).message).toMatch(/does not open/);
  });

  it('of a newer major version are refused', async () => {
    const table = use();
    const secrets = secretsOf(table, aKey());
    const reference = await secrets.keep(PLAIN);
    await table.plant({ ...(await kept(table, reference)), schema: { major: 2, minor: 0 } });
    expect((await failureOf(secrets, reference)).message).toMatch(/schema\.major is 2/);
  });

  it('that were never stored are told as missing', async () => {
    const error = await failureOf(secretsOf(use(), aKey()), 'stored:nothing');
    expect(error.message).toBe('stored:nothing: there is no such secret in the table');
  });

  it('are neither stored nor opened without a key, and the missing setting is named', async () => {
    const missing = { missing: 'environment variable SECRETS_KEY is not set' };
    const reference = await secretsOf(use(), aKey()).keep(PLAIN);
    const without = secretsOf(use(), missing);
    expect((await failureOf(without, reference)).message).toBe(
      `${reference} cannot be opened: ${missing.missing}`,
    );
    await expect(without.keep(PLAIN)).rejects.toThrow(
      new Unreadable(`a secret cannot be stored: ${missing.missing}`),
    );
  });
}

function aKey() {
  const key = readKey(randomBytes(32).toString('base64'));
  if (!key) throw new Error('32 bytes are a key');
  return key;
}

function secretsOf({ sealed }: StoreUnderTest, key: KeySetting): SecretSources {
  return new SecretSources({ sealed, key, environment: {} });
}

async function kept({ stored }: StoreUnderTest, reference: string): Promise<Item> {
  const item = await stored(secretKey(reference.slice('stored:'.length)));
  if (!item) throw new Error(`${reference} is not in the table`);
  return item;
}

/** @returns what it was refused with, once it is certain that this does not tell the secret. */
async function failureOf(secrets: SecretSources, reference: string): Promise<Unreadable> {
  const error = await secrets.reveal(reference).then(
    () => new Error('it was revealed'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Unreadable);
  expect((error as Error).message).not.toContain('battery');
  expect((error as Error).cause).toBeUndefined();
  return error as Unreadable;
}

function flipped(base64: unknown, at: number): string {
  const bytes = Buffer.from(String(base64), 'base64');
  const index = (at + bytes.length) % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return bytes.toString('base64');
}
