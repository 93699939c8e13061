/** Configuration files in tests. */
import { describeConfFault } from '../../src/conf/faults.ts';
import { readConf, type SentinelConf } from '../../src/conf/read.ts';

export function bytesOf(...lines: readonly string[]): Uint8Array {
  return new Uint8Array(Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8'));
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

/** @throws Error with every fault */
export function conf(...lines: readonly string[]): SentinelConf {
  return confOf(bytesOf(...lines));
}

export function confOf(bytes: Uint8Array): SentinelConf {
  const read = readConf(bytes);
  if (!read.ok) throw new Error(read.faults.map(describeConfFault).join('\n'));
  return read.conf;
}

export function faultsOf(...lines: readonly string[]): string[] {
  const read = readConf(bytesOf(...lines), 's.conf');
  return read.ok ? [] : read.faults.map(describeConfFault);
}
