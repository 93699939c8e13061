/** An AWS account on this machine: moto's server as a process on loopback, and requests to its APIs. */
import type { ChildProcess } from 'node:child_process';
import { freePort } from '../../src/local/ports.ts';
import type { Processes } from '../../src/local/processes.ts';
import { until } from '../../src/local/until.ts';

export const ACCOUNT = '123456789012';

export interface Moto {
  readonly endpoint: string;
  /** For an SDK's client. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Of the APIs that are asked by a form and answer in XML: CloudFormation's, EC2's, IAM's. @throws Error */
  query(service: string, parameters: Readonly<Record<string, string>>): Promise<string>;
  /** Of the APIs that speak JSON. @throws Error */
  json(service: string, target: string, input: object): Promise<Readonly<Record<string, unknown>>>;
  /** An object's bytes. @throws Error */
  object(bucket: string, key: string): Promise<Uint8Array>;
  /** @throws Error */
  createBucket(bucket: string): Promise<void>;
  /** The end of what it printed: a request that it could not digest leaves its trace there. */
  lastWords(): string;
}

/** Where CDK publishes what it deploys. */
export function assetBucket({ client }: Moto): string {
  return `cdk-hnb659fds-assets-${ACCOUNT}-${client.region}`;
}

const STARTS_WITHIN_MS = 60_000;
const CREDENTIALS = { accessKeyId: 'rehearsal', secretAccessKey: 'rehearsal' };
const VERSIONS: Readonly<Record<string, string>> = {
  cloudformation: '2010-05-15',
  ec2: '2016-11-15',
  iam: '2010-05-08',
};

/** @throws Error that says what moto printed */
export async function startMoto(python: string, region: string, processes: Processes): Promise<Moto> {
  const port = await freePort();
  const child = await processes.spawn(
    python,
    ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    // Where Docker is there, moto would fetch images and run functions in them: here they are run by other means.
    {
      env: { PATH: process.env['PATH'], DOCKER_HOST: 'unix:///nowhere', MOTO_EC2_LOAD_DEFAULT_AMIS: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const printed = lastWords(child);
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    const ended = () => child.exitCode !== null;
    const answers = async () => ended() || (await fetch(`${endpoint}/moto-api/data.json`)).ok;
    await until('an answer of moto', answers, { timeoutMs: STARTS_WITHIN_MS, everyMs: 50 });
    if (ended()) throw new Error(`it ended with status ${child.exitCode}`);
  } catch (error) {
    throw new Error(`moto does not run: ${(error as Error).message}: ${printed()}`);
  }
  const ask = asking(endpoint, region);
  return {
    endpoint,
    client: { endpoint, region, credentials: CREDENTIALS },
    query: async (service, parameters) => {
      const body = new URLSearchParams({ Version: VERSIONS[service] ?? '', ...parameters });
      return (await ask(service, '/', { method: 'POST', body })).text();
    },
    json: async (service, target, input) => {
      const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' };
      const answer = await ask(service, '/', { method: 'POST', headers, body: JSON.stringify(input) });
      return (await answer.json()) as Record<string, unknown>;
    },
    object: async (bucket, key) => (await ask('s3', `/${bucket}/${key}`, {})).bytes(),
    createBucket: async (bucket) => {
      await asking(endpoint, 'us-east-1')('s3', `/${bucket}`, { method: 'PUT' });
    },
    lastWords: printed,
  };
}

/** Nothing is signed: moto reads the service and the region out of what is said to be signed, and checks nothing. */
function asking(endpoint: string, region: string) {
  return async (service: string, path: string, request: RequestInit): Promise<Response> => {
    const scope = `Credential=${CREDENTIALS.accessKeyId}/20260101/${region}/${service}/aws4_request`;
    const headers = new Headers(request.headers);
    headers.set('authorization', `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=none`);
    const answer = await fetch(`${endpoint}${path}`, { ...request, headers });
    if (!answer.ok) {
      throw new Error(`moto's ${service} answered ${path} with ${answer.status}: ${await answer.text()}`);
    }
    return answer;
  };
}

function lastWords(child: ChildProcess): () => string {
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      printed = (printed + chunk).slice(-3000);
    });
  }
  return () => printed;
}
