/** One execution environment of a local function, from outside: a process, its freezing and its end. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { holdCpu, releaseCpu } from './cgroup.ts';
import type { FromEnvironment, InvocationError, ToEnvironment } from './environment.ts';
import { arnOf, type FunctionSettings, forkEnvironment, memoryMbOf } from './function-process.ts';
import type { Processes } from './processes.ts';

/** Lambda's own limit of the INIT phase. */
const INIT_TIMEOUT_MS = 10_000;

export interface Invocation {
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
}

export type FailureReason = 'threw' | 'timed out' | 'exited' | 'not started';

export type InvocationOutcome =
  | { readonly kind: 'answered'; readonly payload: string; readonly pid: number }
  /** `pid` is 0 when no process was started. */
  | {
      readonly kind: 'failed';
      readonly reason: FailureReason;
      readonly error: InvocationError;
      readonly pid: number;
    };

export interface EnvironmentOptions {
  readonly processes: Processes;
  /** Stops the process between invocations (SIGSTOP), as Lambda freezes it. */
  readonly freeze: boolean;
  /** Holds the process to the CPU share of its memory size. */
  readonly cpuShare: boolean;
  readonly onLog: (pid: number, line: string) => void;
  /** Called once, when the process is gone, whoever ended it. */
  readonly onExit: () => void;
}

type Exchanged =
  | FromEnvironment
  | { readonly kind: 'exited'; readonly how: string }
  | { readonly kind: 'late' };

export class ExecutionEnvironment {
  /** Wall-clock milliseconds since 1970. */
  readonly startedAt = Date.now();
  readonly #name: string;
  readonly #settings: FunctionSettings;
  readonly #options: EnvironmentOptions;
  readonly #gone = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;
  #unwanted = false;

  constructor(name: string, settings: FunctionSettings, options: EnvironmentOptions) {
    this.#name = name;
    this.#settings = settings;
    this.#options = options;
  }

  /** 0 until the process runs. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** @returns undefined when the bundle is imported, or the failure. */
  async start(requestId: string): Promise<InvocationOutcome | undefined> {
    try {
      await this.#spawn();
    } catch (error) {
      return this.#failed('not started', 'Sandbox.StartError', (error as Error).message);
    }
    const { bundle, handler } = this.#settings;
    const reply = await this.#exchange({ kind: 'init', bundle, handler }, INIT_TIMEOUT_MS);
    if (reply.kind === 'ready') return undefined;
    return this.#failure(reply, 'not started', requestId, INIT_TIMEOUT_MS);
  }

  /** Answers one invocation. The caller sees to it that there is one at a time. */
  async invoke({ requestId, payload }: Invocation): Promise<InvocationOutcome> {
    const { timeoutMs } = this.#settings;
    const functionArn = arnOf(this.#name);
    const deadlineMs = Date.now() + timeoutMs;
    if (this.#options.freeze) this.#child?.kill('SIGCONT');
    const reply = await this.#exchange(
      { kind: 'invoke', requestId, functionArn, payload, deadlineMs },
      timeoutMs,
    );
    if (this.#options.freeze && reply.kind !== 'late') this.#child?.kill('SIGSTOP');
    if (reply.kind === 'answered') return { ...reply, pid: this.pid };
    return this.#failure(reply, 'threw', requestId, timeoutMs);
  }

  /** Ends the process (SIGKILL also ends a frozen one) and resolves when it is gone. */
  async end(): Promise<void> {
    this.#unwanted = true;
    if (!this.#child) return;
    this.#child.kill('SIGKILL');
    await this.#gone.promise;
  }

  async #spawn(): Promise<void> {
    const { processes, cpuShare, onLog, onExit } = this.#options;
    const child = await forkEnvironment(processes, this.#name, this.#settings);
    this.#child = child;
    const pid = this.pid;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => onLog(pid, line));
    }
    child.once('exit', () => {
      onExit();
      const released = cpuShare ? releaseCpu(pid) : Promise.resolve();
      released.catch((error: Error) => onLog(pid, error.message)).finally(() => this.#gone.resolve());
    });
    if (this.#unwanted) child.kill('SIGKILL');
    if (!cpuShare) return;
    const held = await holdCpu(pid, memoryMbOf(this.#settings));
    if (held !== 'held') onLog(pid, held);
  }

  #exchange(message: ToEnvironment, timeoutMs: number): Promise<Exchanged> {
    const child = this.#child;
    if (!child) throw new Error(`${this.#name}: spoken to before it was started`);
    return new Promise((resolve) => {
      const settle = (outcome: Exchanged) => {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit);
        resolve(outcome);
      };
      const onMessage = (reply: unknown) => settle(reply as FromEnvironment);
      const onExit = () => settle({ kind: 'exited', how: howItEnded(child) });
      const timer = setTimeout(() => settle({ kind: 'late' }), timeoutMs);
      child.on('message', onMessage).on('exit', onExit);
      if (child.exitCode !== null || child.signalCode !== null) return onExit();
      child.send(message, (error) => {
        if (error) settle({ kind: 'exited', how: error.message });
      });
    });
  }

  #failure(
    reply: Exchanged,
    whenItThrew: FailureReason,
    requestId: string,
    timeoutMs: number,
  ): InvocationOutcome {
    const request = `RequestId: ${requestId} Error:`;
    switch (reply.kind) {
      case 'failed':
        return { kind: 'failed', reason: whenItThrew, error: reply.error, pid: this.pid };
      case 'late': {
        const seconds = (timeoutMs / 1000).toFixed(2);
        return this.#failed(
          'timed out',
          'Sandbox.Timedout',
          `${request} Task timed out after ${seconds} seconds`,
        );
      }
      case 'exited':
        return this.#failed(
          'exited',
          'Runtime.ExitError',
          `${request} Runtime exited with error: ${reply.how}`,
        );
      case 'ready':
      case 'answered':
        throw new Error(`${this.#name}: the environment answered "${reply.kind}" where that answers nothing`);
    }
  }

  #failed(reason: FailureReason, errorType: string, errorMessage: string): InvocationOutcome {
    return { kind: 'failed', reason, error: { errorType, errorMessage, trace: [] }, pid: this.pid };
  }
}

function howItEnded(child: ChildProcess): string {
  return child.signalCode ? `signal: ${child.signalCode}` : `exit status ${child.exitCode}`;
}
