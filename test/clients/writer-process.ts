/** A client's program in a process of its own, and what it has told so far. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Address } from '../../src/core/model.ts';
import { nodeId } from '../../src/core/model.ts';
import type { Processes } from '../../src/local/processes.ts';
import { until } from '../../src/local/until.ts';

export interface Told {
  readonly number: number;
  /** Wall clock, in whole milliseconds. */
  readonly at: number;
}

export interface Failure extends Told {
  readonly error: string;
}

export interface WriterOptions {
  readonly command: readonly string[];
  readonly sentinels: readonly Address[];
  readonly master: string;
  readonly protocol: 2 | 3;
  readonly key: string;
  readonly own: readonly string[];
}

const END_MS = 60_000;
const KEPT = 2000;

export class WriterProcess {
  readonly acknowledged: Told[] = [];
  readonly failures: Failure[] = [];
  version = 'unknown';
  /** What it read back at its end. */
  read: number | undefined;
  readonly #child: ChildProcess;
  #noise = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout) createInterface(child.stdout).on('line', (line) => this.#hear(line));
    child.stderr?.on('data', (data) => this.#keep(String(data)));
  }

  /** In a process group of its own, so that what it starts itself is seen. */
  static async start(processes: Processes, options: WriterOptions): Promise<WriterProcess> {
    const { command, sentinels, master, protocol, key, own } = options;
    const [program = '', ...args] = command;
    const asked = [sentinels.map(nodeId).join(','), master, String(protocol), key, ...own];
    const child = await processes.spawn(program, [...args, ...asked], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    return new WriterProcess(child);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The last of what it said that is no line of ours: a stack trace, most likely. */
  get noise(): string {
    const ended = this.running ? '' : ` (ended with ${this.#child.signalCode ?? this.#child.exitCode})`;
    return `${this.#noise.trim()}${ended}`.trim();
  }

  /** Asks it to end. @returns what was wrong with how it did */
  async end(): Promise<string[]> {
    if (!this.running) return [`it had ended by itself: ${this.noise}`];
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    try {
      await until('its end', () => !this.running, { timeoutMs: END_MS });
    } catch (error) {
      await this.kill();
      return [`${(error as Error).message}: ${this.noise}`];
    }
    const problems = this.#groupRemains() ? ['it left a process behind'] : [];
    await this.kill(); // what remains may hold its output open
    await closed; // its last line is read
    if (this.#child.exitCode !== 0) problems.push(`it did not end well: ${this.noise}`);
    return problems;
  }

  /** It and whatever it started. */
  async kill(): Promise<void> {
    const gone = this.running ? once(this.#child, 'exit') : undefined;
    if (this.#groupRemains()) process.kill(-this.#pid, 'SIGKILL');
    await gone;
  }

  get #pid(): number {
    if (this.#child.pid === undefined) throw new Error('it was never started');
    return this.#child.pid;
  }

  #groupRemains(): boolean {
    try {
      return process.kill(-this.#pid, 0);
    } catch {
      return false; // there is none
    }
  }

  #hear(line: string): void {
    const told = parsed(line);
    if (told?.['version'] !== undefined) this.version = String(told['version']);
    else if (told?.['acknowledged'] !== undefined) {
      this.acknowledged.push({ number: Number(told['acknowledged']), at: Number(told['at']) });
    } else if (told?.['failed'] !== undefined) {
      const { failed, at, error } = told;
      this.failures.push({ number: Number(failed), at: Number(at), error: String(error) });
    } else if (told?.['read'] !== undefined) this.read = Number(told['read']);
    else this.#keep(`${line}\n`);
  }

  #keep(text: string): void {
    this.#noise = `${this.#noise}${text}`.slice(-KEPT);
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // a client's own log
  }
}
