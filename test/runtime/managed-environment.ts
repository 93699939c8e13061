/**
 * One execution environment with AWS' own runtime in it: started, given one event at a time, frozen when it asks for
 * the next, and ended when it is late.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { holdCpu, releaseCpu } from '../../src/local/cgroup.ts';
import type {
  EnvironmentOptions,
  Invocation,
  InvocationOutcome,
} from '../../src/local/execution-environment.ts';
import { arnOf, type FunctionSettings, memoryMbOf } from '../../src/local/function-process.ts';
import { type ManagedRuntime, startManaged } from './managed-process.ts';
import { RuntimeApi } from './runtime-api.ts';

/** Lambda's own limit is 10 s; this machine may stand still meanwhile. */
const INIT_TIMEOUT_MS = 30_000;

export interface ManagedOptions extends ManagedRuntime, Pick<EnvironmentOptions, 'onLog'> {
  /** @default false */
  readonly cpuShare?: boolean;
}

type Moment<T> = T | { readonly kind: 'exited'; readonly how: string } | { readonly kind: 'late' };

export class ManagedEnvironment {
  readonly api = new RuntimeApi();
  readonly #name: string;
  readonly #settings: FunctionSettings;
  readonly #options: ManagedOptions;
  readonly #gone = Promise.withResolvers<string>();
  #child: ChildProcess | undefined;

  constructor(name: string, settings: FunctionSettings, options: ManagedOptions) {
    this.#name = name;
    this.#settings = settings;
    this.#options = options;
  }

  /** 0 until the process runs. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** INIT: from the start of the process until it asks for its first event. @returns undefined, or the failure */
  async start(): Promise<InvocationOutcome | undefined> {
    await this.api.start();
    const child = await startManaged(this.#options, this.#name, this.#settings, this.api.endpoint);
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream)
        createInterface({ input: stream }).on('line', (line) => this.#options.onLog(this.pid, line));
    }
    child.once('exit', (status, signal) => {
      this.#gone.resolve(signal ? `signal: ${signal}` : `exit status ${status}`);
    });
    const initError = this.api.initError.promise.then((error) => ({ kind: 'failed', error }) as const);
    const idle = this.api.idle().then(() => ({ kind: 'idle' }) as const);
    const begun = await this.#before(INIT_TIMEOUT_MS, Promise.race([initError, idle]));
    if (begun.kind === 'failed') return { ...begun, reason: 'not started', pid: this.pid };
    if (begun.kind !== 'idle') return this.#failure(begun, INIT_TIMEOUT_MS);
    // only now: Lambda holds nobody to the share while INIT runs
    if (this.#options.cpuShare) await this.#holdCpu();
    child.kill('SIGSTOP');
    return undefined;
  }

  /** Answers one invocation, and is frozen again. The caller sees to it that there is one at a time. */
  async invoke({ requestId, payload }: Invocation): Promise<InvocationOutcome> {
    const { timeoutMs } = this.#settings;
    const functionArn = arnOf(this.#name);
    this.#child?.kill('SIGCONT');
    const deadlineMs = Date.now() + timeoutMs;
    const report = this.api.deliver({ requestId, payload, functionArn, deadlineMs });
    const answer = await this.#before(timeoutMs, report);
    if (answer.kind === 'exited' || answer.kind === 'late') return this.#failure(answer, timeoutMs);
    await this.#before(INIT_TIMEOUT_MS, this.api.idle());
    this.#child?.kill('SIGSTOP');
    if (answer.kind === 'answered') return { ...answer, pid: this.pid };
    return { ...answer, reason: 'threw', pid: this.pid };
  }

  /** The most memory it ever held, in KiB; a frozen process tells too. */
  async peakRssKiB(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  }

  async end(): Promise<void> {
    this.#child?.kill('SIGKILL');
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'exit');
    }
    if (this.#options.cpuShare) await releaseCpu(this.pid);
    await this.api.close();
  }

  async #holdCpu(): Promise<void> {
    const held = await holdCpu(this.pid, memoryMbOf(this.#settings));
    if (held !== 'held') this.#options.onLog(this.pid, held);
  }

  async #before<T>(timeoutMs: number, happens: Promise<T>): Promise<Moment<T>> {
    const late = Promise.withResolvers<{ kind: 'late' }>();
    const timer = setTimeout(() => late.resolve({ kind: 'late' }), timeoutMs);
    const exited = this.#gone.promise.then((how) => ({ kind: 'exited', how }) as const);
    try {
      return await Promise.race([happens, late.promise, exited]);
    } finally {
      clearTimeout(timer);
    }
  }

  #failure(
    ended: { readonly kind: 'exited'; readonly how: string } | { readonly kind: 'late' },
    timeoutMs: number,
  ): InvocationOutcome {
    const { pid } = this;
    if (ended.kind === 'late') {
      const errorMessage = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
      const error = { errorType: 'Sandbox.Timedout', errorMessage, trace: [] };
      return { kind: 'failed', reason: 'timed out', error, pid };
    }
    const errorMessage = `Runtime exited with error: ${ended.how}`;
    return {
      ...{ kind: 'failed', reason: 'exited', pid },
      error: { errorType: 'Runtime.ExitError', errorMessage, trace: [] },
    };
  }
}
