/** The ready stack as `cdk deploy` would have it: the settings of cdk.json, changed, and the functions as built. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, Stack } from 'aws-cdk-lib';
import { afterAll } from 'vitest';
import { SentinelStack, type SentinelStackProps } from '../../infra/index.ts';
import { readSettings } from '../../infra/settings.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'lambda-sentinel-rehearsal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export function temporaryFolder(name: string): string {
  return mkdtempSync(join(folder, `${name}-`));
}

const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as {
  readonly context: { readonly 'lambda-sentinel': Readonly<Record<string, unknown>> };
};

/** CDK's own check of templates takes seconds of a CPU, and here others check them. */
function newApp(settings: Readonly<Record<string, unknown>>): App {
  return new App({
    outdir: temporaryFolder('cdk'),
    builtinCloudFormationValidation: false,
    context: { 'lambda-sentinel': { ...context['lambda-sentinel'], ...settings } },
  });
}

export interface Variant {
  /** In place of cdk.json's. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What has no setting in cdk.json. @param elsewhere - another stack, for what the deployment is given */
  readonly props?: (elsewhere: Stack) => Partial<SentinelStackProps>;
}

/** As infra/app.ts does. @returns the folder of the cloud assembly */
export function readyStack({ settings = {}, props = () => ({}) }: Variant, id = 'LambdaSentinel'): string {
  const app = newApp(settings);
  const { region, ...read } = readSettings(app);
  const env = { region };
  new SentinelStack(app, id, { env, ...read, ...props(new Stack(app, 'Elsewhere', { env })) });
  return app.synth().directory;
}
