/** `cdk deploy` and `cdk destroy`, as whoever deploys runs them, against an account on this machine. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Processes } from '../../src/local/processes.ts';
import { assetBucket, type Moto } from './moto.ts';
import { ROOT, temporaryFolder } from './ready-stack.ts';

export type Outputs = Readonly<Record<string, string>>;

/** What `cdk bootstrap` leaves behind, as far as it is asked for. */
export async function bootstrap(moto: Moto): Promise<void> {
  const parameter = { Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String' };
  await moto.json('ssm', 'AmazonSSM.PutParameter', parameter);
  await moto.createBucket(assetBucket(moto));
}

export class Cdk {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #processes: Processes;
  readonly #moto: Moto;
  /** Without a cdk.json: it is given assemblies, and builds nothing. */
  readonly #folder = temporaryFolder('deploy');

  constructor(moto: Moto, processes: Processes) {
    const { endpoint, client } = moto;
    this.#moto = moto;
    this.#processes = processes;
    this.#environment = {
      PATH: process.env['PATH'],
      HOME: temporaryFolder('home'),
      AWS_ENDPOINT_URL: endpoint,
      // Under this name moto takes the path's first part for the bucket. Nobody connects to it.
      AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION: endpoint.replace('127.0.0.1', 'localhost'),
      AWS_ACCESS_KEY_ID: client.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: client.credentials.secretAccessKey,
      AWS_REGION: client.region,
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DISABLE_VERSION_CHECK: 'true',
      CI: 'true',
    };
  }

  /** @throws Error with what it printed */
  async deploy(assembly: string, stack: string): Promise<Outputs> {
    const file = join(this.#folder, 'outputs.json');
    // moto knows neither a second change set nor the parameters of before.
    const plainly = ['--method', 'direct', '--no-previous-parameters', '--require-approval', 'never'];
    await this.#run(['deploy', stack, '--app', assembly, '--outputs-file', file, ...plainly]);
    if (!existsSync(file)) throw new Error(`cdk deploy told no outputs of ${stack}`);
    return (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Outputs>)[stack] ?? {};
  }

  async destroy(assembly: string, stack: string): Promise<void> {
    await this.#run(['destroy', stack, '--app', assembly, '--force']);
  }

  async #run(args: readonly string[]): Promise<void> {
    const cdk = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    const child = await this.#processes.spawn(process.execPath, [cdk, ...args, '--no-notices'], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const printed = [child.stdout, child.stderr].map((stream) => (stream ? text(stream) : ''));
    const [status, ...told] = await Promise.all([ended, ...printed]);
    if (status === 0) return;
    const printedByMoto = this.#moto.lastWords();
    throw new Error(`cdk ${args[0]} ended with ${status}: ${told.join('\n')}\nmoto: ${printedByMoto}`);
  }
}
