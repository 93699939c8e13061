/**
 * The programs that a zone's own file names, run as redis-sentinel runs them: one event each, at most 60 s long; an
 * exit status of 1 or a signal is tried again, ten times in all, after 30 s and ever longer.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { ConfMaster } from '../conf/masters.ts';
import type { RecordedEvent, SentinelId } from '../core/model.ts';
import type { Telemetry } from '../ports.ts';
import { loudnessOf } from './event-loudness.ts';
import { Misuse } from './output.ts';

const RUN_MS_MAX = 60_000;
const TRIES_MAX = 10;
const RETRY_MS = 30_000;
const AT_ONCE_MAX = 16;
const QUEUE_MAX = 256;

interface Job {
  readonly path: string;
  readonly args: readonly string[];
  readonly tries: number;
}

/** @throws Misuse for one that is not there, or is no program */
export async function assertRunnable(masters: readonly ConfMaster[]): Promise<void> {
  for (const { name, scripts } of masters) {
    for (const path of Object.values(scripts)) {
      await access(path, constants.X_OK).catch(() => {
        throw new Misuse(`the script ${path} of ${name} is not there, or may not be run`);
      });
    }
  }
}

export class Scripts {
  readonly #masters: ReadonlyMap<string, ConfMaster['scripts']>;
  readonly #id: SentinelId;
  readonly #telemetry: Telemetry;
  readonly #waiting: Job[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #over = new AbortController();
  readonly #retryMs: number;
  #running = 0;

  /** @param retryMs - before the second try; it doubles with each */
  constructor(masters: readonly ConfMaster[], id: SentinelId, telemetry: Telemetry, retryMs = RETRY_MS) {
    this.#masters = new Map(masters.map(({ name, scripts }) => [name, scripts]));
    this.#id = id;
    this.#telemetry = telemetry;
    this.#retryMs = retryMs;
  }

  onEvent(master: string, { type, payload, by }: RecordedEvent): void {
    const { notification, clientReconfig } = this.#masters.get(master) ?? {};
    if (notification !== undefined && loudnessOf(type) === 'warning')
      this.#add(notification, [type, payload]);
    if (clientReconfig !== undefined && type === '+switch-master') {
      const [name = '', ...addresses] = payload.split(' ');
      this.#add(clientReconfig, [name, by === this.#id ? 'leader' : 'observer', 'start', ...addresses]);
    }
  }

  /** Ends those that run. */
  end(): void {
    this.#over.abort();
    this.#waiting.length = 0;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #add(path: string, args: readonly string[]): void {
    this.#enqueue({ path, args, tries: 0 });
  }

  #enqueue(job: Job): void {
    if (this.#over.signal.aborted) return;
    this.#waiting.push(job);
    if (this.#waiting.length > QUEUE_MAX) {
      const dropped = this.#waiting.shift();
      this.#telemetry.log(
        'warn',
        `more than ${QUEUE_MAX} scripts wait: ${dropped?.path} is not run for one event`,
      );
    }
    this.#next();
  }

  #next(): void {
    while (this.#running < AT_ONCE_MAX) {
      const job = this.#waiting.shift();
      if (!job) return;
      this.#running += 1;
      this.#run(job);
    }
  }

  #run(job: Job): void {
    const { SECRETS_KEY: _, ...env } = process.env; // what opens the passwords in the table is for nobody else
    const options = { timeout: RUN_MS_MAX, killSignal: 'SIGKILL' as const, signal: this.#over.signal, env };
    execFile(job.path, [...job.args], options, (error) => {
      this.#running -= 1;
      if (error && !this.#over.signal.aborted) this.#failed(job, error);
      this.#next();
    });
  }

  #failed(job: Job, error: Error & { code?: unknown; signal?: unknown }): void {
    const again = (error.code === 1 || error.signal) && job.tries + 1 < TRIES_MAX;
    const why = error.signal ? `ended by ${error.signal}` : `ended with ${error.code}`;
    this.#telemetry.log('warn', `the script ${job.path} ${why}${again ? ': it is run again' : ''}`);
    if (!again) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#enqueue({ ...job, tries: job.tries + 1 });
      },
      this.#retryMs * 2 ** job.tries,
    );
    this.#timers.add(timer);
  }
}
