/** Names and addresses as operators give them, checked before anything is made of them. */
import { type Checked, type Fault, fault, readInteger } from '../directives.ts';
import { type Address, sameAddress } from '../model.ts';

const NAME = /^[A-Za-z0-9._-]{1,128}$/;
const LABEL = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const HOST_NAME = new RegExp(`^(?=.{1,253}$)(?:${LABEL}\\.)*${LABEL}\\.?$`);
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const NODE = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/;

export function isMasterName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name);
}

export function nameFaults(name: unknown): Fault[] {
  return isMasterName(name) ? [] : [fault('name', name, '1 to 128 of the characters A-Z a-z 0-9 . _ -')];
}

/** `host:port`, with IPv6 in brackets; undefined if it is neither. Whether a name may stand there is asked later. */
export function readNode(text: unknown): Address | undefined {
  const [, bracketed, plain, digits] = (typeof text === 'string' && NODE.exec(text)) || [];
  const host = readHost(bracketed ?? plain);
  const port = readInteger(digits, 1, 65_535);
  return host !== undefined && port !== undefined ? { host, port } : undefined;
}

export function readPort(port: unknown): Checked<number> {
  const read = readInteger(port, 1, 65_535);
  if (read !== undefined) return { ok: true, value: read };
  return { ok: false, faults: [fault('port', port, 'a whole number from 1 to 65535')] };
}

/** A host in the one form in which it is compared; undefined for what is neither an address nor a name. */
export function readHost(host: unknown): string | undefined {
  if (typeof host !== 'string') return undefined;
  if (IPV4.test(host)) return host;
  if (host.includes(':')) return canonicalIpv6(host);
  // what ends in a number means an IPv4 address and is none: no resolver should be asked to guess
  return HOST_NAME.test(host) && !/(^|\.)\d+\.?$/.test(host) ? host : undefined;
}

export function isHostName(host: string): boolean {
  return !host.includes(':') && !IPV4.test(host);
}

export function withoutDuplicates(addresses: readonly Address[]): Address[] {
  return addresses.filter((one, i) => addresses.findIndex((other) => sameAddress(one, other)) === i);
}

/** As nodes tell it themselves (RFC 5952), for addresses are compared by their text. */
function canonicalIpv6(text: string): string | undefined {
  const halves = text.toLowerCase().split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  return compressed(groups.map((group) => group.replace(/^0+(?=.)/, '')));
}

/** The longest run of two or more zero groups, the first of them, becomes `::`. */
function compressed(groups: readonly string[]): string {
  let best = { from: 0, length: 1 };
  for (let from = 0; from < groups.length; from++) {
    const end = groups.findIndex((group, i) => i >= from && group !== '0');
    const length = (end === -1 ? groups.length : end) - from;
    if (length > best.length) best = { from, length };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.from).join(':')}::${groups.slice(best.from + best.length).join(':')}`;
}
