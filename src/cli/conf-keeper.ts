/** The file of a zone, written back as redis-sentinel writes its own: whole or not at all. */
import { randomBytes } from 'node:crypto';
import { chmod, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { readConf, type SentinelConf } from '../conf/read.ts';
import { rewriteConf, type Setting } from '../conf/rewrite.ts';

export class ConfKeeper {
  readonly #path: string;
  #work: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * What others wrote meanwhile is kept, for the file is read each time; a file that says it all is left alone.
   * @param settings - made from what the file says now
   * @returns whether it was written
   * @throws Error when it cannot be read or written
   */
  rewrite(settings: (conf: SentinelConf) => readonly Setting[]): Promise<boolean> {
    const work = this.#work.catch(() => {}).then(() => this.#rewrite(settings));
    this.#work = work;
    return work;
  }

  async #rewrite(settings: (conf: SentinelConf) => readonly Setting[]): Promise<boolean> {
    const before = await readFile(this.#path);
    const read = readConf(before, this.#path);
    if (!read.ok) {
      throw new Error(
        `${this.#path} is not rewritten: ${read.faults.length} of its lines cannot be understood`,
      );
    }
    const after = Buffer.from(rewriteConf(before, settings(read.conf)));
    if (after.equals(before)) return false;
    await replace(this.#path, after);
    return true;
  }
}

/** Whoever reads it finds the old file or the new one, also after a loss of power. */
async function replace(path: string, bytes: Uint8Array): Promise<void> {
  const { mode } = await stat(path);
  const beside = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(beside, 'wx', mode & 0o7777);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(beside, mode & 0o7777); // open() is subject to the umask
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
