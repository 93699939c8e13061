/**
 * Lambda with AWS' own runtime in every environment: functions behind the Invoke API, each invocation in an environment
 * of its own, the last used idle one or a new one. They are frozen between invocations.
 */
import { randomUUID } from 'node:crypto';
import type { InvocationOutcome } from '../../src/local/execution-environment.ts';
import type { FunctionSettings } from '../../src/local/function-process.ts';
import { type InvocationType, type InvokeReply, serveInvokeApi } from '../../src/local/invoke-api.ts';
import { ManagedEnvironment } from './managed-environment.ts';
import type { ManagedRuntime } from './managed-process.ts';

export interface ManagedLambdaOptions extends ManagedRuntime {
  /** @default false */
  readonly cpuShare?: boolean;
}

/** What became of one invocation. */
export interface Invoked {
  readonly functionName: string;
  readonly payload: string;
  readonly outcome: InvocationOutcome;
}

/** The alert, a pulse, a wake and one more, as the local stack allows a zone. */
const CONCURRENCY = 4;

export class ManagedLambda {
  /** Each line a function wrote. */
  readonly log: { readonly functionName: string; readonly line: string }[] = [];
  /** Every invocation that has ended, of either type. */
  readonly invoked: Invoked[] = [];
  readonly #options: ManagedLambdaOptions;
  readonly #settings = new Map<string, FunctionSettings>();
  readonly #all = new Map<string, Set<ManagedEnvironment>>();
  readonly #idle = new Map<string, ManagedEnvironment[]>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #violations: string[] = [];
  #server: Awaited<ReturnType<typeof serveInvokeApi>> | undefined;
  #ending = false;

  constructor(options: ManagedLambdaOptions) {
    this.#options = options;
  }

  /** @returns the endpoint's URL, for `AWS_ENDPOINT_URL_LAMBDA` */
  async start(): Promise<string> {
    this.#server = await serveInvokeApi((name, type, payload) => this.#serve(name, type, payload));
    return this.#server.endpoint;
  }

  register(name: string, settings: FunctionSettings): void {
    this.#settings.set(name, settings);
    this.#all.set(name, new Set());
    this.#idle.set(name, []);
  }

  /** Oldest first. */
  environments(name: string): readonly ManagedEnvironment[] {
    return [...(this.#all.get(name) ?? [])];
  }

  /** What the runtimes asked for that Lambda does not have. */
  violations(): readonly string[] {
    const now = [...this.#all.values()].flatMap((all) => [...all].flatMap(({ api }) => api.violations));
    return [...this.#violations, ...now];
  }

  /** One invocation, waited for. @throws Error when the function is at its concurrency, or there is none */
  async invoke(name: string, event: unknown): Promise<InvocationOutcome> {
    const outcome = await this.#run(name, randomUUID(), JSON.stringify(event));
    if (!outcome) throw new Error(`function ${name} is not there, or busy ${CONCURRENCY} times`);
    return outcome;
  }

  async end(): Promise<void> {
    this.#ending = true;
    await this.#server?.close();
    const all = [...this.#all.values()].flatMap((environments) => [...environments]);
    await Promise.all(all.map((environment) => environment.end()));
    await Promise.allSettled(this.#running);
  }

  async #serve(name: string, type: InvocationType, payload: string): Promise<InvokeReply> {
    if (!this.#settings.has(name)) return { kind: 'unknown function' };
    const requestId = randomUUID();
    const running = this.#run(name, requestId, payload);
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    if (type === 'Event') return { kind: 'accepted', requestId };
    const outcome = await running;
    return outcome ? { ...outcome, requestId } : { kind: 'throttled', why: `function ${name} is busy` };
  }

  /** @returns undefined where Lambda throttles: an asynchronous invocation is then dropped */
  async #run(name: string, requestId: string, payload: string): Promise<InvocationOutcome | undefined> {
    const settings = this.#settings.get(name);
    const all = this.#all.get(name);
    const idle = this.#idle.get(name);
    if (this.#ending || !settings || !all || !idle) return undefined;
    const warm = idle.pop();
    if (!warm && all.size >= CONCURRENCY) return undefined;
    const environment = warm ?? this.#create(name, settings, all);
    const failed = warm ? undefined : await environment.start();
    const outcome = failed ?? (await environment.invoke({ requestId, payload }));
    if (this.#ending) return undefined;
    this.invoked.push({ functionName: name, payload, outcome });
    if (outcome.kind === 'answered' || outcome.reason === 'threw') idle.push(environment);
    else await this.#drop(all, environment);
    return outcome;
  }

  #create(name: string, settings: FunctionSettings, all: Set<ManagedEnvironment>): ManagedEnvironment {
    const { entry, processes, cpuShare = false } = this.#options;
    const environment: ManagedEnvironment = new ManagedEnvironment(name, settings, {
      ...{ entry, processes, cpuShare },
      onLog: (_pid, line) => this.log.push({ functionName: name, line }),
    });
    all.add(environment);
    return environment;
  }

  async #drop(all: Set<ManagedEnvironment>, environment: ManagedEnvironment): Promise<void> {
    all.delete(environment);
    this.#violations.push(...environment.api.violations);
    await environment.end();
  }
}
