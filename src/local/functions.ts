/**
 * AWS Lambda on one machine: functions that run in processes of their own, behind Lambda's Invoke API on loopback.
 * One invocation at a time in an environment, cold starts, freezing, time-outs and throttling are as in Lambda.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { InvocationError } from './environment.ts';
import type { FailureReason, InvocationOutcome } from './execution-environment.ts';
import { type EnvironmentView, FunctionPool } from './function-pool.ts';
import type { FunctionSettings } from './function-process.ts';
import { type InvocationType, type InvokeReply, serveInvokeApi } from './invoke-api.ts';
import type { Processes } from './processes.ts';

export interface LocalFunctionsOptions {
  readonly processes: Processes;
  readonly delays: {
    /** From the request until the function starts to run. */
    readonly invokeMs: number;
    /** How long a cold start lasts at least. */
    readonly coldStartMs: number;
    /** Before the first retry of an asynchronous invocation; n times as long before the n-th. @default 60000 */
    readonly retryMs?: number;
  };
  /** Each line a function wrote; `pid` 0 is Lambda itself. */
  readonly onLog?: (functionName: string, pid: number, line: string) => void;
  /** Each failed attempt at an invocation, of either type. */
  readonly onCrash?: (crash: Crash) => void;
  /** Stops each environment between invocations. @default false */
  readonly freeze?: boolean;
  /** Holds each environment to the CPU share of its memory size, where that is permitted. @default false */
  readonly cpuShare?: boolean;
  /** How long an environment beyond the most recently used one may stay idle. @default 60000 */
  readonly idleMs?: number;
}

export interface Crash {
  readonly functionName: string;
  readonly requestId: string;
  readonly invocationType: InvocationType;
  readonly reason: FailureReason;
  readonly error: InvocationError;
  /** 0 when no process was started. */
  readonly pid: number;
}

interface Registered {
  readonly settings: FunctionSettings;
  readonly pool: FunctionPool;
  enabled: boolean;
}

type Attempt = InvocationOutcome | { readonly kind: 'throttled'; readonly why: string };

export class LocalFunctions {
  readonly #options: LocalFunctionsOptions;
  readonly #functions = new Map<string, Registered>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #ending = new AbortController();
  #server: { readonly endpoint: string; close(): Promise<void> } | undefined;

  constructor(options: LocalFunctionsOptions) {
    this.#options = options;
  }

  /** @returns the endpoint's URL, for the SDK's `endpoint` or `AWS_ENDPOINT_URL_LAMBDA`. */
  async start(): Promise<string> {
    this.#server = await serveInvokeApi((name, type, payload) => this.#invoke(name, type, payload));
    return this.#server.endpoint;
  }

  /** @throws Error when the name is taken. */
  register(name: string, settings: FunctionSettings): void {
    if (this.#functions.has(name)) throw new Error(`function ${name} is registered already`);
    const { processes, delays, freeze = false, cpuShare = false, idleMs = 60_000 } = this.#options;
    const pool = new FunctionPool(name, settings, {
      processes,
      freeze,
      cpuShare,
      idleMs,
      coldStartMs: delays.coldStartMs,
      onLog: (pid, line) => this.#options.onLog?.(name, pid, line),
    });
    this.#functions.set(name, { settings, pool, enabled: true });
  }

  environments(name: string): readonly EnvironmentView[] {
    return this.#registered(name).pool.environments();
  }

  /** Throttles every further invocation, as a reserved concurrency of 0 does; what runs goes on. */
  disable(name: string): void {
    this.#registered(name).enabled = false;
  }

  enable(name: string): void {
    this.#registered(name).enabled = true;
  }

  /** Takes no more invocations, ends every environment and resolves when nothing runs any more. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all([...this.#functions.values()].map(({ pool }) => pool.end()));
    await Promise.all(this.#running);
    await this.#server?.close();
  }

  #registered(name: string): Registered {
    const found = this.#functions.get(name);
    if (!found) throw new Error(`no function ${name}; there are: ${[...this.#functions.keys()].join(', ')}`);
    return found;
  }

  async #invoke(name: string, type: InvocationType, payload: string): Promise<InvokeReply> {
    if (!this.#functions.has(name)) return { kind: 'unknown function' };
    const requestId = randomUUID();
    const running =
      type === 'Event'
        ? this.#retrying(name, requestId, payload)
        : this.#attempt(name, type, requestId, payload);
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    if (type === 'Event') return { kind: 'accepted', requestId };
    const attempt = await running;
    return attempt.kind === 'throttled' ? attempt : { ...attempt, requestId };
  }

  async #retrying(name: string, requestId: string, payload: string): Promise<Attempt> {
    const { maxRetries = 0 } = this.#registered(name).settings;
    for (let tried = 0; ; tried++) {
      const attempt = await this.#attempt(name, 'Event', requestId, payload);
      if (attempt.kind === 'throttled') this.#log(name, `RequestId: ${requestId} dropped: ${attempt.why}`);
      if (attempt.kind !== 'failed' || tried >= maxRetries) return attempt;
      await this.#wait((this.#options.delays.retryMs ?? 60_000) * (tried + 1));
    }
  }

  async #attempt(name: string, type: InvocationType, requestId: string, payload: string): Promise<Attempt> {
    await this.#wait(this.#options.delays.invokeMs);
    const { pool, enabled } = this.#registered(name);
    if (this.#ending.signal.aborted) return { kind: 'throttled', why: 'Lambda is being ended' };
    if (!enabled) return { kind: 'throttled', why: `function ${name} is disabled` };
    const outcome = await pool.run({ requestId, payload });
    if (outcome.kind === 'throttled')
      return { ...outcome, why: `function ${name} is at its maximum concurrency` };
    if (outcome.kind === 'failed') this.#report(name, type, requestId, outcome);
    return outcome;
  }

  #report(
    functionName: string,
    invocationType: InvocationType,
    requestId: string,
    { reason, error, pid }: Extract<InvocationOutcome, { kind: 'failed' }>,
  ): void {
    if (this.#ending.signal.aborted) return; // killed by end(): no crash
    this.#options.onLog?.(functionName, pid, `ERROR\tInvoke Error\t${JSON.stringify(error)}`);
    this.#options.onCrash?.({ functionName, invocationType, requestId, reason, error, pid });
  }

  #log(functionName: string, line: string): void {
    this.#options.onLog?.(functionName, 0, line);
  }

  async #wait(ms: number): Promise<void> {
    if (ms > 0) await wait(ms, undefined, { signal: this.#ending.signal }).catch(() => {}); // ending: do not wait
  }
}
