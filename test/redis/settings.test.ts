import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { list, milliseconds, tlsSettings } from '../../src/adapters/system/environment.ts';
import { CERTIFICATE, KEY, OTHER_CERTIFICATE, OTHER_KEY } from './certificates.ts';

const NAME = 'TEST_SETTING';

function set(value: unknown): void {
  process.env[NAME] = typeof value === 'string' ? value : JSON.stringify(value);
  onTestFinished(() => {
    delete process.env[NAME];
  });
}

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lambda-sentinel-settings-'));
  await writeFile(join(dir, 'ca.pem'), CERTIFICATE);
  await writeFile(join(dir, 'empty.pem'), '');
  return () => rm(dir, { recursive: true });
});

test('a list is what stands between its commas; nothing set is none', () => {
  expect(list(NAME)).toBeUndefined();
  set('10.0.0.0/16, fd00::/8');
  expect(list(NAME)).toEqual(['10.0.0.0/16', 'fd00::/8']);
});

test.for([',', '10.0.0.0/8,', ' '])('a list of %o has an empty item, and says so', (text) => {
  set(text);
  expect(() => list(NAME)).toThrow(`environment variable ${NAME} has an empty item`);
});

test.for(['0', '-1', '1e3', ' 1', '1000000000', 'soon'])('%o is no time between two pulses', (text) => {
  set(text);
  expect(() => milliseconds(NAME, 1000)).toThrow(
    `environment variable ${NAME} must be whole milliseconds, 1 to 999999999, not "${text}"`,
  );
});

test('TLS material is given as PEM or as the file it is in', () => {
  expect(tlsSettings(NAME)).toBeUndefined();
  set({ ca: `# ours\n${CERTIFICATE}\n# another\n${OTHER_CERTIFICATE}\n` });
  expect(tlsSettings(NAME)?.ca).toContain(OTHER_CERTIFICATE);
  set({ ca: `file:${join(dir, 'ca.pem')}`, cert: CERTIFICATE, key: KEY, servername: 'redis.example' });
  expect(tlsSettings(NAME)).toEqual({
    ca: CERTIFICATE,
    cert: CERTIFICATE,
    key: KEY,
    servername: 'redis.example',
  });
  set({});
  expect(tlsSettings(NAME)).toEqual({});
});

test.for<[string, unknown, string]>([
  ['what is no JSON', '{', 'TEST_SETTING is not JSON'],
  ['what is no object', '[]', 'TEST_SETTING must be a JSON object of strings'],
  ['a number', { ca: 1 }, 'TEST_SETTING must be a JSON object of strings'],
  [
    'an unknown field',
    { CA: CERTIFICATE },
    'TEST_SETTING.CA is unknown: ca, cert, key and servername are known',
  ],
  ['what is no PEM', { ca: 'ca.pem' }, 'TEST_SETTING.ca is neither PEM nor file:PATH of it'],
  ['no such file', { ca: 'file:/no/such/file' }, 'TEST_SETTING.ca names a file that cannot be read: ENOENT'],
  ['a file without PEM', () => ({ ca: `file:${join(dir, 'empty.pem')}` }), 'TEST_SETTING.ca is neither PEM'],
  ['a certificate without its key', { cert: CERTIFICATE }, 'a certificate needs its key'],
  ['a key without its certificate', { key: KEY }, 'a certificate needs its key'],
  ["another's key", { cert: CERTIFICATE, key: OTHER_KEY }, 'TEST_SETTING holds no usable TLS material'],
  [
    'a certificate that is broken',
    { ca: CERTIFICATE.replace('MII', 'MIX') },
    'TEST_SETTING holds no usable TLS material',
  ],
])('TLS material of %s is refused by an error that names it and shows no key', ([, value, message]) => {
  set(typeof value === 'function' ? value() : value);
  expect(() => tlsSettings(NAME)).toThrow(message);
  expect(() => tlsSettings(NAME)).not.toThrow(/MI[IGH]/);
});
