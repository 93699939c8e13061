/** The deployment's key, and references that do not lead to the table. */
import { describe, expect, it } from 'vitest';
import { readKey, secretsKeyFrom } from '../../src/adapters/secrets/key.ts';
import { SecretSources, type SecretSourcesOptions } from '../../src/adapters/secrets/sources.ts';
import { Unavailable, Unreadable } from '../../src/ports.ts';

const HEX = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
const NO_TABLE = {
  read: () => Promise.reject(new Error('the table was asked')),
  write: () => Promise.reject(new Error('the table was asked')),
};

describe("the deployment's key", () => {
  it('is the same in hex and in base64, padded or not, and tells its id', () => {
    const base64 = Buffer.from(HEX, 'hex').toString('base64');
    const forms = [HEX, HEX.toUpperCase(), base64, base64.replace('=', ''), ` ${base64}\n`];
    const keys = forms.map((SECRETS_KEY) => secretsKeyFrom({ SECRETS_KEY }));
    for (const key of keys) expect(key).toEqual({ bytes: Buffer.from(HEX, 'hex'), id: '4773d12e' });
  });

  it.each(['', undefined])('may be absent (%o)', (SECRETS_KEY) => {
    const missing = 'environment variable SECRETS_KEY is not set';
    expect(secretsKeyFrom({ SECRETS_KEY })).toEqual({ missing });
    expect(secretsKeyFrom({}, 'OTHER')).toEqual({ missing: 'environment variable OTHER is not set' });
  });

  it.each([HEX.slice(1), `${HEX}0`, HEX.replace('0', 'g'), 'hunter2', '='.repeat(44)])(
    'is refused without being told when it is no key: %s',
    (SECRETS_KEY) => {
      expect(readKey(SECRETS_KEY)).toBeUndefined();
      expect(secretsKeyFrom({ SECRETS_KEY })).toEqual({
        missing: `environment variable SECRETS_KEY must be 32 bytes in base64 or hex, and is ${SECRETS_KEY.length} characters`,
      });
    },
  );
});

describe('a reference', () => {
  it('to the environment is what the variable holds', async () => {
    expect(await sources({ environment: { REDIS: 'pw' } }).reveal('env:REDIS')).toBe('pw');
  });

  it.each([{}, { REDIS: undefined }, { REDIS: '' }])(
    'to a variable that is not set names it',
    async (environment) => {
      const revealed = sources({ environment: { ...environment, OTHER: 'hunter2' } }).reveal('env:REDIS');
      await expect(revealed).rejects.toThrow(
        new Unreadable('env:REDIS: environment variable REDIS is not set'),
      );
    },
  );

  it.each(['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', '_X_AMZN_TRACE_ID', 'SECRETS_KEY'])(
    "does not give the deployment's own %s to whoever names it as a password",
    async (name) => {
      const revealed = sources({ environment: { [name]: 'hunter2' } }).reveal(`env:${name}`);
      await expect(revealed).rejects.toThrow(Unreadable);
      await expect(revealed).rejects.not.toThrow(/hunter2/);
    },
  );

  it('to Secrets Manager is refused where there is no path to it', async () => {
    await expect(sources().reveal('secret:arn:aws:x')).rejects.toThrow(
      new Unreadable(
        'secret:arn:aws:x is read by a deployment that has a path to Secrets Manager; not available here',
      ),
    );
  });

  it('to Secrets Manager is fetched by its ARN where there is one', async () => {
    const fetchSecret = async (arn: string) => `of ${arn}`;
    expect(await sources({ fetchSecret }).reveal('secret:arn:aws:x')).toBe('of arn:aws:x');
  });

  it('to Secrets Manager does not tell what the fetch failed on, which may be the secret', async () => {
    const fetchSecret = async () => JSON.parse('hunter2');
    const error: unknown = await sources({ fetchSecret })
      .reveal('secret:arn')
      .catch((thrown) => thrown);
    expect(error).toEqual(new Unavailable('secret:arn could not be fetched: SyntaxError'));
    expect((error as Error).cause).toBeUndefined();
  });

  it('to Secrets Manager is not waited for beyond its bound', async () => {
    const fetchSecret = () => new Promise<string>(() => {});
    const revealed = sources({ fetchSecret, fetchDeadlineMs: 20 }).reveal('secret:arn');
    await expect(revealed).rejects.toThrow(new Unavailable('secret:arn could not be fetched: OutOfTime'));
  });

  it.each([
    'hunter2',
    'env:',
    'env:9',
    'env:hunter 2',
    'stored:',
    'stored:hunter_2',
    'secret:',
    'ENV:hunter2',
  ])(
    'that is none is refused without being told, as it may be the password itself: %s',
    async (reference) => {
      const revealed = sources().reveal(reference);
      await expect(revealed).rejects.toThrow(Unreadable);
      await expect(revealed).rejects.not.toThrow(/hunter/);
    },
  );
});

function sources(options: Partial<SecretSourcesOptions> = {}): SecretSources {
  return new SecretSources({ sealed: NO_TABLE, key: { missing: 'no key' }, environment: {}, ...options });
}
