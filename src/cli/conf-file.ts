/** A sentinel.conf on this machine. */
import { readFile } from 'node:fs/promises';
import { describeConfFault } from '../conf/faults.ts';
import { readConf, type SentinelConf } from '../conf/read.ts';
import { Misuse } from './output.ts';

export interface ConfFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly conf: SentinelConf;
}

/** @throws Misuse with every fault of the file, a line each */
export async function readConfFile(path: string): Promise<ConfFile> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Misuse(`${path} cannot be read: ${WHY[error.code ?? ''] ?? error.message}`);
  });
  const read = readConf(bytes, path);
  if (read.ok) return { path, bytes, conf: read.conf };
  throw new Misuse(read.faults.map(describeConfFault).join('\n'));
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission is denied',
  EISDIR: 'it is a folder',
};
