/** The bundles as they are deployed: each alone in a folder, with the settings that the construct gives it. */
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BundleName } from '../../infra/bundles.ts';
import type { FunctionSettings } from '../../src/local/function-process.ts';

const BUILT = fileURLToPath(new URL('../../dist/lambda', import.meta.url));

export const BUNDLES: readonly BundleName[] = [
  'sentinel',
  'relay',
  'pacemaker',
  'configure',
  'operate',
  'read',
];

/** Time-out and memory, as in infra/. */
const SIZES: Record<BundleName, { readonly timeoutMs: number; readonly memoryMb: number }> = {
  sentinel: { timeoutMs: 300_000, memoryMb: 512 },
  relay: { timeoutMs: 30_000, memoryMb: 512 },
  pacemaker: { timeoutMs: 30_000, memoryMb: 128 },
  configure: { timeoutMs: 150_000, memoryMb: 256 },
  operate: { timeoutMs: 29_000, memoryMb: 512 },
  read: { timeoutMs: 29_000, memoryMb: 512 },
};

/** A key for the passwords that are given at run time. */
const SECRETS_KEY = Buffer.alloc(32, 7).toString('base64');

/**
 * @param folder - where the bundle is put; nothing of this package can be reached from there
 * @throws Error that names the build command when the bundle is not there
 */
export async function deploy(
  bundle: BundleName,
  folder: string,
  environment: Readonly<Record<string, string>>,
  given: Partial<Pick<FunctionSettings, 'timeoutMs'>> = {},
): Promise<FunctionSettings> {
  const alone = join(folder, bundle);
  await mkdir(alone, { recursive: true });
  const file = join(alone, `${bundle}.mjs`);
  await copyFile(builtFile(bundle), file).catch(() => {
    throw new Error(`${builtFile(bundle)} is missing: run "npm run build" first`);
  });
  const keyed = ['sentinel', 'operate', 'configure'].includes(bundle) ? { SECRETS_KEY } : {};
  return {
    ...{ bundle: file, handler: 'handler', ...SIZES[bundle], ...given },
    environment: { ...keyed, ...environment },
  };
}

export async function sizeOf(bundle: BundleName): Promise<number> {
  return (await stat(builtFile(bundle))).size;
}

function builtFile(bundle: BundleName): string {
  return join(BUILT, `${bundle}.mjs`);
}
