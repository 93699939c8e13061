/** How large each built bundle is, and how long AWS' own runtime takes to import it and to come to its first event. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BundleName } from '../../infra/bundles.ts';
import type { FunctionSettings } from '../../src/local/function-process.ts';
import { Processes } from '../../src/local/processes.ts';
import { BUNDLES, deploy, sizeOf } from './deployed.ts';
import { ManagedEnvironment } from './managed-environment.ts';
import { onLambdasRuntime } from './on-lambdas-runtime.ts';

const SIZE_KIB_MAX = 600;
const IMPORT_MS_MAX = 150;
const STARTS = 5;
/** What a busy machine adds differs from start to start; what the import itself takes is in each of them. */
const STARTS_MAX = 30;

/** What no bundle starts without; nothing of it is used before the first event. */
const SETTINGS = {
  TABLE_NAME: 'nowhere',
  SENTINEL_ID: 'a',
  QUEUE_URL: 'http://127.0.0.1:1/000000000000/slots',
  ZONES: '{"a":"sentinel-a"}',
};

interface Start {
  readonly importMs: number;
  /** From the start of the process until it asks for its first event. */
  readonly initMs: number;
  readonly rssMib: number;
}

describe('the sentinel’s bundle', () => {
  test(`is at most ${SIZE_KIB_MAX} KiB`, async () => {
    expect((await sizeOf('sentinel')) / 1024).toBeLessThanOrEqual(SIZE_KIB_MAX);
  });
});

onLambdasRuntime('the start of the built bundles on Lambda’s own runtime', (entry) => {
  const processes = new Processes();
  let folder: string;
  beforeAll(async () => {
    folder = await processes.temporaryDir('lambda-sentinel-limits-');
  });
  afterAll(() => processes.end());

  test.each(BUNDLES)('%s', async (bundle) => {
    const settings = await timed(bundle);
    const enough = (starts: readonly Start[]) =>
      starts.length >= STARTS && least(starts.map(({ importMs }) => importMs)) <= IMPORT_MS_MAX;
    const starts: Start[] = [];
    while (!enough(starts) && starts.length < STARTS_MAX) starts.push(await start(bundle, settings));
    const of = (figure: keyof Start) =>
      starts.map((one) => Math.round(one[figure])).toSorted((a, b) => a - b);
    process.stdout.write(
      `[figure] ${bundle.padEnd(9)} ${((await sizeOf(bundle)) / 1024).toFixed(1).padStart(6)} KiB` +
        `; import ${spread(of('importMs'))} ms; init ${spread(of('initMs'))} ms` +
        `; then ${spread(of('rssMib'))} MiB at ${settings.memoryMb} MB\n`,
    );
    expect(least(of('importMs')), 'ms of the fastest import').toBeLessThanOrEqual(IMPORT_MS_MAX);
  });

  /** The bundle behind a module that says how long its import took. */
  async function timed(bundle: BundleName): Promise<FunctionSettings> {
    const settings = await deploy(bundle, folder, SETTINGS);
    const file = join(dirname(settings.bundle), 'timed.mjs');
    const lines = [
      'const startedAt = performance.now();',
      `const { handler } = await import('./${bundle}.mjs');`,
      'const importMs = performance.now() - startedAt;',
      "process.stdout.write(JSON.stringify({ importMs }) + '\\n');",
      'export { handler };',
    ];
    await writeFile(file, lines.join('\n'));
    return { ...settings, bundle: file };
  }

  async function start(bundle: BundleName, settings: FunctionSettings): Promise<Start> {
    const lines: string[] = [];
    const onLog = (_: number, line: string) => lines.push(line);
    const environment = new ManagedEnvironment(bundle, settings, { entry, processes, onLog });
    try {
      const startedAt = performance.now();
      expect(await environment.start()).toBeUndefined();
      const initMs = performance.now() - startedAt;
      const said = JSON.parse(lines[0] ?? '{}') as { importMs: number };
      return { ...said, initMs, rssMib: (await environment.peakRssKiB()) / 1024 };
    } finally {
      await environment.end();
    }
  }
});

function least(figures: readonly number[]): number {
  return Math.min(...figures);
}

/** The least, the median and the most of sorted figures. */
function spread(sorted: readonly number[]): string {
  return `${sorted[0]} / ${sorted[Math.floor(sorted.length / 2)]} / ${sorted.at(-1)}`;
}
