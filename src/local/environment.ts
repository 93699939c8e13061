/**
 * One execution environment of a local function, from inside: a process that imports one bundle once and then
 * answers one invocation at a time. {@link ./execution-environment.ts} starts it and speaks to it over IPC.
 */
import { pathToFileURL } from 'node:url';

export interface InvocationContext {
  readonly functionName: string;
  readonly awsRequestId: string;
  /** A decimal string, as Lambda gives it. */
  readonly memoryLimitInMB: string;
  readonly invokedFunctionArn: string;
  getRemainingTimeInMillis(): number;
}

/** What a failed invocation answers, in Lambda's shape. */
export interface InvocationError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

export type ToEnvironment =
  | { readonly kind: 'init'; readonly bundle: string; readonly handler: string }
  | {
      readonly kind: 'invoke';
      readonly requestId: string;
      readonly functionArn: string;
      /** JSON text. */
      readonly payload: string;
      /** Wall-clock milliseconds since 1970. */
      readonly deadlineMs: number;
    };

export type FromEnvironment =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answered'; readonly payload: string }
  | { readonly kind: 'failed'; readonly error: InvocationError };

type Handler = (event: unknown, context: InvocationContext) => unknown;

let handler: Handler | undefined;

process.on('message', (message: ToEnvironment) => {
  void respond(message).then((answer) => process.send?.(answer));
});
// The handler's own sockets and timers would keep an orphan alive.
process.once('disconnect', () => process.exit(1));

async function respond(message: ToEnvironment): Promise<FromEnvironment> {
  try {
    if (message.kind === 'init') {
      handler = await load(message.bundle, message.handler);
      return { kind: 'ready' };
    }
    if (!handler) throw new Error('invoked before init');
    const result = await handler(JSON.parse(message.payload), contextOf(message));
    return { kind: 'answered', payload: JSON.stringify(result) ?? 'null' };
  } catch (thrown) {
    return { kind: 'failed', error: describe(thrown) };
  }
}

async function load(bundle: string, name: string): Promise<Handler> {
  const module = (await import(pathToFileURL(bundle).href)) as Record<string, unknown>;
  const exported = module[name];
  if (typeof exported === 'function') return exported as Handler;
  const error = new Error(
    `${bundle} exports no function "${name}"; it exports: ${Object.keys(module).join(', ')}`,
  );
  error.name = 'Runtime.HandlerNotFound';
  throw error;
}

function contextOf(invocation: Extract<ToEnvironment, { kind: 'invoke' }>): InvocationContext {
  return {
    functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '',
    awsRequestId: invocation.requestId,
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? '',
    invokedFunctionArn: invocation.functionArn,
    getRemainingTimeInMillis: () => Math.max(0, invocation.deadlineMs - Date.now()),
  };
}

function describe(thrown: unknown): InvocationError {
  if (!(thrown instanceof Error))
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') };
}
