/** What was uploaded for a function, and how Lambda was told to run it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type FunctionConfiguration, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import type { FunctionSettings } from '../../src/local/function-process.ts';
import { assetBucket, type Moto } from './moto.ts';
import { temporaryFolder } from './ready-stack.ts';
import type { Template } from './reduced.ts';

export interface Code {
  /** Holds the bundle. */
  readonly folder: string;
  /** SHA-256 of the archive, in Base64, as Lambda tells it. */
  readonly digest: string;
}

/** Of all functions of the account, by name. */
export async function listFunctions(moto: Moto): Promise<Map<string, FunctionConfiguration>> {
  const client = new LambdaClient(moto.client);
  try {
    const found = new Map<string, FunctionConfiguration>();
    for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
      for (const one of Functions) found.set(one.FunctionName ?? '', one);
    }
    return found;
  } finally {
    client.destroy();
  }
}

/** @param name - of the function in the template @throws Error */
export async function codeOf(template: Template, name: string, moto: Moto, python: string): Promise<Code> {
  const code = template.Resources[name]?.Properties['Code'] as { readonly S3Key?: unknown } | undefined;
  if (typeof code?.S3Key !== 'string') throw new Error(`the template has no uploaded code of ${name}`);
  const zip = await moto.object(assetBucket(moto), code.S3Key);
  const folder = temporaryFolder('code');
  const file = join(folder, 'code.zip');
  writeFileSync(file, zip);
  mkdirSync(join(folder, 'code'));
  await promisify(execFile)(python, ['-m', 'zipfile', '-e', file, join(folder, 'code')]);
  return { folder: join(folder, 'code'), digest: createHash('sha256').update(zip).digest('base64') };
}

/** The environment that was deployed, and where this account's services are. */
export function settingsOf(
  { Handler = '', Environment, MemorySize = 0, Timeout = 0 }: FunctionConfiguration,
  { folder }: Code,
  { endpoint }: Moto,
  invokeEndpoint: string,
): FunctionSettings {
  const [module, handler = ''] = Handler.split('.');
  const deployed = Environment?.Variables ?? {};
  // The SDK follows a queue's URL, wherever it is told that the services are.
  const queue = deployed['QUEUE_URL']?.replace(/^https:\/\/[^/]+/, endpoint);
  return {
    bundle: join(folder, `${module}.mjs`),
    handler,
    memoryMb: MemorySize,
    timeoutMs: Timeout * 1000,
    environment: {
      ...deployed,
      ...(queue !== undefined && { QUEUE_URL: queue }),
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_LAMBDA: invokeEndpoint,
    },
  };
}
