/** What a DNS name must say of a master, and what is to be changed until it does. */
import type { Address } from '../core/model.ts';
import type { NameChange, NameRecord } from '../ports.ts';

export function recordFor({ host }: Address, ttlSeconds: number): NameRecord {
  return { type: typeOf(host), ttlSeconds, values: [host] };
}

function typeOf(host: string): NameRecord['type'] {
  if (host.includes(':')) return 'AAAA';
  return /^\d+(\.\d+){3}$/.test(host) ? 'A' : 'CNAME';
}

/**
 * A record of another type beside it would still lead clients to the old master, and beside a CNAME none may stand.
 * @returns undefined when the name says it already
 */
export function changeOf(found: readonly NameRecord[], wanted: NameRecord): NameChange | undefined {
  const remove = found.filter(({ type }) => type !== wanted.type);
  if (remove.length === 0 && found.some((record) => saysTheSame(record, wanted))) return undefined;
  return { put: wanted, remove };
}

function saysTheSame(a: NameRecord, b: NameRecord): boolean {
  return a.type === b.type && a.ttlSeconds === b.ttlSeconds && valuesOf(a) === valuesOf(b);
}

/** A name is the same with and without its last dot. */
function valuesOf({ values }: NameRecord): string {
  return values.map((value) => value.toLowerCase().replace(/\.$/, '')).join();
}
