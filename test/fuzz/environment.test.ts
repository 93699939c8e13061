import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { addressMap } from '../../src/adapters/redis/address-map.ts';
import { allowedNetworks } from '../../src/adapters/redis/allowed-networks.ts';
import { secretsKeyFrom } from '../../src/adapters/secrets/key.ts';
import {
  list,
  milliseconds,
  required,
  stringMap,
  tlsSettings,
} from '../../src/adapters/system/environment.ts';
import { jsonTelemetry } from '../../src/adapters/system/telemetry.ts';
import { CERTIFICATE, KEY } from '../redis/certificates.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { mutated } from './mutations.ts';
import { type Json, odd, oddText } from './odd-values.ts';
import { expectAddress, expectPrintable } from './soundness.ts';

const NAME = 'TEST_SETTING';
afterEach(() => vi.unstubAllEnvs());

/** What an environment can hold: no NUL, and no half signs. */
const setting = (text: string) => text.replaceAll('\u0000', '').toWellFormed();

const text = fc
  .oneof(
    oddText,
    odd.map((value) => JSON.stringify(value)),
    mutated({ '10.0.0.5:6379': '192.0.2.1:7000', '[fd00::1]:6379': 'nat.example:7001' }, 0).map((map) =>
      JSON.stringify(map),
    ),
    mutated({ ca: CERTIFICATE, cert: CERTIFICATE, key: KEY, servername: 'x' } as Json, 0).map((map) =>
      JSON.stringify(map),
    ),
    fc
      .array(
        fc.oneof(
          fc.constantFrom('10.0.0.0/16', 'fd00::/8', '10.0.0.0/33', '::/129', '1.2.3/8', ' ', ''),
          oddText,
        ),
      )
      .map(String),
    fc.constantFrom(
      '{"10.0.0.5:6379":"h:70000"}',
      '{"10.0.0.5:6379":"h:0"}',
      '1000',
      '0',
      '-5',
      '1e3',
      '1000 ',
      '999999999',
      '1000000000',
      'a'.repeat(64),
      'A'.repeat(43),
    ),
  )
  .map(setting);

/** Or undefined, when it was refused as it should be: by the variable's name, in printable words. */
function read<T>(reader: () => T, naming: RegExp): T | undefined {
  try {
    return reader();
  } catch (error) {
    expect((error as Error).message).toMatch(naming);
    expectPrintable((error as Error).message);
    expect(error).not.toBeInstanceOf(TypeError);
    return undefined;
  }
}

test(
  'a setting is refused by its name, or gives sound values',
  async () => {
    await holds('settings of a function', text, (given) => {
      process.env[NAME] = given;
      expect(read(() => required(NAME), /^environment variable TEST_SETTING is not set$/)).toBe(
        given || undefined,
      );
      const ms = read(() => milliseconds(NAME, 1000), /^environment variable TEST_SETTING must be/);
      if (ms !== undefined) expect(Number.isInteger(ms) && ms >= 1 && ms < 2 ** 31).toBe(true);
      const networks = read(() => list(NAME), /^environment variable TEST_SETTING has an empty item/);
      const allows = read(() => allowedNetworks(networks), /^allowedNetworks: ".*" is no network/s);
      if (networks && allows) expect(typeof allows('10.0.0.1')).toBe('boolean');
      const map = read(
        () => stringMap(NAME),
        /^environment variable TEST_SETTING (is not JSON|must be a JSON object)/,
      );
      const reached = map && read(() => addressMap(map), /^".*" is not an address: host:port is$/s);
      if (reached) expectAddress(reached({ host: '10.0.0.5', port: 6379 }));
      const tls = read(() => tlsSettings(NAME), /^environment variable TEST_SETTING/);
      if (tls) expect(['ca', 'cert', 'key', 'servername']).toEqual(expect.arrayContaining(Object.keys(tls)));
      const key = secretsKeyFrom(process.env, NAME);
      if ('missing' in key) expectPrintable(key.missing);
      else expect(key.bytes).toHaveLength(32);
      delete process.env[NAME];
    });
  },
  FUZZ_TIMEOUT_MS,
);

test('a log line is one line of JSON without control characters, and says what was logged', () => {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const hostile = 'a\u0000\n\u001b[2J\u007f\u0085\u009b\u2028\u2029é𝒳';
  jsonTelemetry('info', { sentinel: hostile }).log('warn', hostile, { detail: hostile });
  write.mockRestore();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]+\n$/u);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ sentinel: hostile, message: hostile, detail: hostile });
});
