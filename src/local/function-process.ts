/** How a local function is set up, and the process that becomes one of its execution environments. */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Processes } from './processes.ts';

export interface FunctionSettings {
  /** Absolute path of an ESM bundle. */
  readonly bundle: string;
  /** Name of the export that is the handler. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  /** An invocation that takes longer loses its environment. */
  readonly timeoutMs: number;
  /** @default 512 */
  readonly memoryMb?: number;
  /** How often a failed asynchronous invocation is tried again. @default 0 (Lambda's own default is 2) */
  readonly maxRetries?: number;
  /** Environments at one time; one more invocation is throttled. @default 10, a new account's quota */
  readonly maxConcurrency?: number;
}

const MODULE = fileURLToPath(new URL('./environment.ts', import.meta.url));
const REGION = 'us-east-1';
const DEFAULT_MEMORY_MB = 512;

/**
 * Starts the process; it imports nothing before it is told to over IPC.
 * @throws Error when it cannot be started.
 */
export function forkEnvironment(
  processes: Processes,
  name: string,
  settings: FunctionSettings,
): Promise<ChildProcess> {
  const memoryMb = memoryMbOf(settings);
  return processes.fork(MODULE, [], {
    env: environmentOf(name, memoryMb, settings.environment),
    // As Lambda's own bootstrap starts Node: a heap that fits the memory size.
    execArgv: [
      `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`,
      `--max-semi-space-size=${Math.max(1, Math.floor(memoryMb * 0.05))}`,
    ],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

export function memoryMbOf(settings: FunctionSettings): number {
  return settings.memoryMb ?? DEFAULT_MEMORY_MB;
}

export function arnOf(functionName: string): string {
  return `arn:aws:lambda:${REGION}:000000000000:function:${functionName}`;
}

/** Nothing of this process' environment but PATH and HOME: no credential may reach a function by accident. */
function environmentOf(
  name: string,
  memoryMb: number,
  own: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    TZ: 'UTC',
    AWS_REGION: REGION,
    // The access key names the caller: the table's front door tells zones apart by it.
    AWS_ACCESS_KEY_ID: name,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    ...own,
  };
}
