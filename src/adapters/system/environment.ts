/** A function's settings, from its environment: a missing or malformed one is an error that names it. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { printable } from '../../core/info.ts';

export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
  return value;
}

/** `yes` or `no`, as in sentinel.conf. @default no */
export function flag(name: string): boolean {
  const value = process.env[name] || 'no';
  if (value === 'yes' || value === 'no') return value === 'yes';
  throw new Error(`environment variable ${name} is "${printable(value)}": allowed is yes or no`);
}

/** A JSON object of strings, such as `{"10.0.0.5:6379": "192.0.2.1:7000"}`; absent is empty. */
export function stringMap(name: string): ReadonlyMap<string, string> {
  const text = process.env[name];
  if (!text) return new Map();
  const value: unknown = parse(name, text);
  const entries =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
  if (!entries?.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
    throw new Error(`environment variable ${name} must be a JSON object of strings`);
  }
  return new Map(entries);
}

/** What is named with commas between, such as `10.0.0.0/16, fd00::/8`; undefined when it is not set. */
export function list(name: string): readonly string[] | undefined {
  const text = process.env[name];
  if (!text) return undefined;
  const items = text.split(',').map((item) => item.trim());
  if (items.includes(''))
    throw new Error(`environment variable ${name} has an empty item: "${printable(text)}"`);
  return items;
}

/** What a zone shows to the nodes, and what it holds them to, in PEM. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/**
 * A JSON object of `ca`, `cert`, `key` (each PEM, or `file:PATH` of it) and `servername`, each of them optional.
 * Undefined when it is not set. Its errors never show what stands in it.
 */
export function tlsSettings(name: string): TlsSettings | undefined {
  if (!process.env[name]) return undefined;
  const settings = Object.fromEntries(
    [...stringMap(name)].map(([field, text]) => [field, readTlsField(`${name}.${field}`, field, text)]),
  ) as TlsSettings;
  if ((settings.cert === undefined) !== (settings.key === undefined)) {
    throw new Error(`environment variable ${name} has one of cert and key: a certificate needs its key`);
  }
  try {
    createSecureContext({ ...settings });
    // one that is broken would be passed over there, and no node trusted
    for (const certificate of settings.ca?.match(/-----BEGIN .*?-----END [^\n]*/gs) ?? []) {
      new X509Certificate(certificate);
    }
  } catch (error) {
    throw new Error(`environment variable ${name} holds no usable TLS material: ${(error as Error).message}`);
  }
  return settings;
}

function readTlsField(where: string, field: string, text: string): string {
  if (!['ca', 'cert', 'key', 'servername'].includes(field)) {
    throw new Error(
      `environment variable ${printable(where)} is unknown: ca, cert, key and servername are known`,
    );
  }
  if (field === 'servername') return text;
  const pem = text.startsWith('file:') ? readPem(where, text.slice('file:'.length)) : text;
  if (!pem.includes('-----BEGIN '))
    throw new Error(`environment variable ${where} is neither PEM nor file:PATH of it`);
  return pem;
}

function readPem(where: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(
      `environment variable ${where} names a file that cannot be read: ${printable((error as Error).message)}`,
    );
  }
}

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** A whole number of milliseconds, more than none: what is done every so often would else be done without end. */
export function milliseconds(
  name: string,
  preset: number,
  { least, most }: Bounds = { least: 1, most: 999_999_999 },
): number {
  const text = process.env[name];
  if (!text) return preset;
  const value = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new Error(
      `environment variable ${name} must be whole milliseconds, ${least} to ${most}, not "${printable(text)}"`,
    );
  }
  return value;
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`environment variable ${name} is not JSON`);
  }
}
