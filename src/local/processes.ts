/**
 * Every process the local stack starts and every folder they work in, so that each can be ended and removed: by
 * {@link Processes.end}, and by a reaper process should this one die first (its standard input closes, it does the rest).
 */
import { type ChildProcess, type ForkOptions, fork, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REAPER = fileURLToPath(new URL('./reaper.mjs', import.meta.url));

export class Processes {
  readonly #running = new Set<ChildProcess>();
  readonly #dirs = new Set<string>();
  #reaper: ChildProcess | undefined;

  /** @throws Error when the program cannot be started, naming it. */
  async spawn(command: string, args: readonly string[], options: SpawnOptions): Promise<ChildProcess> {
    const child = spawn(command, args, options);
    await started(child, command);
    return this.#adopt(child);
  }

  /** Starts a Node module with an IPC channel, on this process' own Node. */
  async fork(module: string, args: readonly string[], options: ForkOptions): Promise<ChildProcess> {
    const child = fork(module, args, options);
    await started(child, module);
    return this.#adopt(child);
  }

  /** A new folder under the system's temporary one, which goes with the processes. */
  async temporaryDir(prefix: string): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), prefix));
    this.#dirs.add(dir);
    this.#tellReaper(`d+${dir}\n`);
    return dir;
  }

  /** Removes a folder made by {@link temporaryDir}; does nothing for any other. */
  async removeDir(dir: string): Promise<void> {
    if (!this.#dirs.delete(dir)) return;
    await rm(dir, { recursive: true, force: true });
    this.#tellReaper(`d-${dir}\n`);
  }

  /** Ends every process still running (SIGKILL also ends a stopped one), removes every folder, resolves when all are gone. */
  async end(): Promise<void> {
    const exits = [...this.#running].map((child) => once(child, 'exit'));
    for (const child of this.#running) child.kill('SIGKILL');
    await Promise.all(exits);
    for (const dir of this.#dirs) await this.removeDir(dir);
    const reaper = this.#reaper;
    this.#reaper = undefined;
    if (reaper?.exitCode === null) {
      reaper.ref(); // unreferenced it would not keep this process alive until it is gone
      const gone = once(reaper, 'exit');
      reaper.stdin?.end();
      await gone;
    }
  }

  #adopt(child: ChildProcess): ChildProcess {
    this.#running.add(child);
    this.#tellReaper(`p+${child.pid}\n`);
    child.once('exit', () => {
      this.#running.delete(child);
      this.#tellReaper(`p-${child.pid}\n`);
    });
    return child;
  }

  #tellReaper(line: string): void {
    this.#reaper ??= startReaper();
    this.#reaper.stdin?.write(line);
  }
}

function startReaper(): ChildProcess {
  const reaper = spawn(process.execPath, [REAPER], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  reaper.stdin?.on('error', () => {}); // the reaper died first: there is nothing left to tell
  reaper.unref();
  return reaper;
}

async function started(child: ChildProcess, what: string): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new Error(`cannot start ${what}: ${(error as Error).message}`);
  }
}
