/** The process that the managed runtime `nodejs24.x` is: its flags and its environment, with AWS' own client in it. */
import type { ChildProcess } from 'node:child_process';
import { basename, dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { arnOf, type FunctionSettings, memoryMbOf } from '../../src/local/function-process.ts';
import type { Processes } from '../../src/local/processes.ts';

/** The functions' own Node, whichever this one is. */
const NODE = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));

export interface ManagedRuntime {
  /** The runtime interface client's file. */
  readonly entry: string;
  readonly processes: Processes;
}

export function startManaged(
  { entry, processes }: ManagedRuntime,
  name: string,
  settings: FunctionSettings,
  runtimeApi: string,
): Promise<ChildProcess> {
  return processes.spawn(NODE, [...flags(memoryMbOf(settings)), entry], {
    cwd: dirname(settings.bundle),
    env: environmentOf(name, settings, runtimeApi),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** As the managed runtime's bootstrap gives them: a tenth of the memory is the new space, of two halves. */
function flags(memoryMb: number): string[] {
  const newSpaceMb = Math.floor(memoryMb / 10);
  return [
    '--expose-gc',
    '--max-http-header-size=81920',
    '--no-experimental-require-module',
    `--max-semi-space-size=${Math.floor(newSpaceMb / 2)}`,
    `--max-old-space-size=${memoryMb - newSpaceMb}`,
  ];
}

/** Nothing of this process' own. HOME is Lambda's too: nobody's configuration files lie there. */
function environmentOf(name: string, settings: FunctionSettings, runtimeApi: string): NodeJS.ProcessEnv {
  const { bundle, handler, environment } = settings;
  const [, , , region = ''] = arnOf(name).split(':');
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    HOME: dirname(bundle),
    LAMBDA_TASK_ROOT: dirname(bundle),
    LAMBDA_RUNTIME_DIR: dirname(settings.bundle),
    _HANDLER: `${basename(bundle, extname(bundle))}.${handler}`,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    // The access key names the caller: the table's front door tells functions apart by it.
    AWS_ACCESS_KEY_ID: name,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMbOf(settings)),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef',
    // as infra/sentinel-lambda.ts asks
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_LEVEL: 'INFO',
    ...environment,
  };
}
