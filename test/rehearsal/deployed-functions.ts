/**
 * The functions of a deployment, run: their code as it was uploaded, their environment and their names as they were
 * deployed, behind Lambda's Invoke API. moto itself would run them in Docker.
 */
import { type FunctionConfiguration, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { LocalFunctions } from '../../src/local/functions.ts';
import type { Processes } from '../../src/local/processes.ts';
import { codeOf, listFunctions, settingsOf } from './deployed-code.ts';
import type { Moto } from './moto.ts';
import type { Template } from './reduced.ts';
import { madeBy } from './stack.ts';

export interface DeployedFunction {
  /** In the template. */
  readonly name: string;
  readonly functionName: string;
  readonly configuration: FunctionConfiguration;
  /** SHA-256 of what was uploaded for it, as Lambda tells it. */
  readonly uploaded: string;
}

export class DeployedFunctions {
  readonly all: readonly DeployedFunction[];
  readonly #running: LocalFunctions;
  readonly #lambda: LambdaClient;

  private constructor(all: readonly DeployedFunction[], running: LocalFunctions, lambda: LambdaClient) {
    this.all = all;
    this.#running = running;
    this.#lambda = lambda;
  }

  static async of(
    stack: string,
    template: Template,
    { moto, python, processes }: { moto: Moto; python: string; processes: Processes },
    onLog: (line: string) => void,
  ): Promise<DeployedFunctions> {
    const running = new LocalFunctions({
      processes,
      delays: { invokeMs: 0, coldStartMs: 0 },
      onLog: (name, _pid, line) => onLog(`${name}: ${line}`),
    });
    const invokeEndpoint = await running.start();
    const lambda = new LambdaClient({ ...moto.client, endpoint: invokeEndpoint, maxAttempts: 1 });
    const configurations = await listFunctions(moto);
    const made = (await madeBy(moto, stack)).filter(({ type }) => type === 'AWS::Lambda::Function');
    const all = made.map(async ({ name, id }): Promise<DeployedFunction> => {
      const configuration = configurations.get(id);
      if (!configuration) throw new Error(`Lambda knows no function ${id}, which the stack says it made`);
      const code = await codeOf(template, name, moto, python);
      running.register(id, settingsOf(configuration, code, moto, invokeEndpoint));
      return { name, functionName: id, configuration, uploaded: code.digest };
    });
    return new DeployedFunctions(await Promise.all(all), running, lambda);
  }

  /** @param name - how the function's name in the template begins @throws Error where there is not exactly one */
  the(name: string): DeployedFunction {
    const [found, ...others] = this.all.filter((deployed) => deployed.name.startsWith(name));
    if (found && others.length === 0) return found;
    throw new Error(
      `one function ${name}… was expected, among ${this.all.map((one) => one.name).join(', ')}`,
    );
  }

  /** @throws Error when the function fails */
  async invoke<T>(functionName: string, event: object): Promise<T> {
    const Payload = JSON.stringify(event);
    const reply = await this.#lambda.send(new InvokeCommand({ FunctionName: functionName, Payload }));
    const payload = new TextDecoder().decode(reply.Payload);
    if (reply.FunctionError) throw new Error(`${functionName} failed: ${payload}`);
    return JSON.parse(payload) as T;
  }

  /** Starts it and does not wait, as Scheduler does. @param functionName - or its ARN */
  async start(functionName: string, event: object): Promise<void> {
    const FunctionName = functionName.split(':').at(-1);
    const Payload = JSON.stringify(event);
    await this.#lambda.send(new InvokeCommand({ FunctionName, Payload, InvocationType: 'Event' }));
  }

  async end(): Promise<void> {
    this.#lambda.destroy();
    await this.#running.end();
  }
}
