/** The execution environments of one local function, kept as Lambda keeps them. */
import {
  type EnvironmentOptions,
  ExecutionEnvironment,
  type Invocation,
  type InvocationOutcome,
} from './execution-environment.ts';
import type { FunctionSettings } from './function-process.ts';

export interface PoolOptions extends Omit<EnvironmentOptions, 'onExit'> {
  /** How long a cold start lasts at least; the real start of the process counts towards it. */
  readonly coldStartMs: number;
  /** How long an environment beyond the most recently used one may stay idle. */
  readonly idleMs: number;
}

export interface EnvironmentView {
  /** 0 until the process runs. */
  readonly pid: number;
  readonly busy: boolean;
  readonly requestId?: string;
  /** Wall-clock milliseconds since 1970. */
  readonly startedAt: number;
}

const DEFAULT_MAX_CONCURRENCY = 10;

export class FunctionPool {
  readonly #name: string;
  readonly #settings: FunctionSettings;
  readonly #options: PoolOptions;
  /** Every environment there is, with the request it is busy with. */
  readonly #all = new Map<ExecutionEnvironment, string | undefined>();
  /** Most recently used last, each with the monotonic time at which it became idle. */
  readonly #idle = new Map<ExecutionEnvironment, number>();
  /** The ends of those that were dropped and whose processes are not gone yet. */
  readonly #leaving = new Set<Promise<void>>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(name: string, settings: FunctionSettings, options: PoolOptions) {
    this.#name = name;
    this.#settings = settings;
    this.#options = options;
  }

  /** Runs one invocation in an environment of its own: the last used idle one, or a new one. */
  async run(invocation: Invocation): Promise<InvocationOutcome | { readonly kind: 'throttled' }> {
    const warm = [...this.#idle.keys()].at(-1);
    if (!warm && this.#all.size >= (this.#settings.maxConcurrency ?? DEFAULT_MAX_CONCURRENCY)) {
      return { kind: 'throttled' };
    }
    const environment = warm ?? this.#create();
    this.#idle.delete(environment);
    this.#all.set(environment, invocation.requestId);
    const outcome = await this.#runIn(environment, warm === undefined, invocation);
    if (outcome.kind === 'failed' && outcome.reason !== 'threw') this.#drop(environment);
    else this.#release(environment);
    return outcome;
  }

  environments(): readonly EnvironmentView[] {
    return [...this.#all].map(([{ pid, startedAt }, requestId]) => ({
      pid,
      startedAt,
      busy: requestId !== undefined,
      ...(requestId !== undefined && { requestId }),
    }));
  }

  /** Ends every environment; what runs in one fails. */
  async end(): Promise<void> {
    clearTimeout(this.#sweep);
    for (const environment of [...this.#all.keys()]) this.#drop(environment);
    await Promise.all(this.#leaving);
  }

  #create(): ExecutionEnvironment {
    const environment: ExecutionEnvironment = new ExecutionEnvironment(this.#name, this.#settings, {
      ...this.#options,
      onExit: () => this.#forget(environment),
    });
    return environment;
  }

  async #runIn(environment: ExecutionEnvironment, cold: boolean, invocation: Invocation) {
    if (cold) {
      const [failure] = await Promise.all([
        environment.start(invocation.requestId),
        new Promise((resolve) => setTimeout(resolve, this.#options.coldStartMs)),
      ]);
      if (failure) return failure;
    }
    return environment.invoke(invocation);
  }

  #release(environment: ExecutionEnvironment): void {
    if (!this.#all.has(environment)) return; // it died between its answer and now
    this.#all.set(environment, undefined);
    this.#idle.set(environment, performance.now());
    this.#sweepIn(this.#options.idleMs);
  }

  #drop(environment: ExecutionEnvironment): void {
    this.#forget(environment);
    const gone = environment.end().finally(() => this.#leaving.delete(gone));
    this.#leaving.add(gone);
  }

  #forget(environment: ExecutionEnvironment): void {
    this.#all.delete(environment);
    this.#idle.delete(environment);
  }

  /** Ends what was idle too long. The most recently used stays: the next pulse is to find it warm. */
  #sweepIn(ms: number): void {
    if (this.#sweep) return;
    this.#sweep = setTimeout(() => {
      this.#sweep = undefined;
      const surplus = [...this.#idle].slice(0, -1);
      const now = performance.now();
      for (const [environment, since] of surplus) {
        const leftMs = since + this.#options.idleMs - now;
        if (leftMs > 0) return this.#sweepIn(leftMs);
        this.#drop(environment);
      }
    }, ms);
    this.#sweep.unref();
  }
}
