/** The simulator in one file, as its workers run it: with the sources as they are, or with one bug planted in them. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';

const ROOT = join(import.meta.dirname, '..', '..');

/** One piece of a source, and what stands in its place. */
export interface Edit {
  /** From the package's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** @returns a folder that its caller removes, and the worker's file in it */
export async function bundleWorker(
  edits: readonly Edit[] = [],
): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'lambda-sentinel-simulation-'));
  const file = join(folder, 'worker.mjs');
  const left = new Set(edits);
  await build({
    absWorkingDir: ROOT,
    entryPoints: [join(import.meta.dirname, 'worker.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: {
      js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);",
    },
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: [planting(edits, left)],
  });
  if (left.size > 0) throw new Error(`not loaded: ${[...left].map((edit) => edit.file).join(', ')}`);
  return { folder, file };
}

function planting(edits: readonly Edit[], left: Set<Edit>): Plugin {
  return {
    name: 'planting',
    setup(esbuild) {
      if (edits.length === 0) return;
      esbuild.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const mine = edits.filter(({ file }) => file === relative(ROOT, path));
        if (mine.length === 0) return undefined;
        let contents = await readFile(path, 'utf8');
        for (const edit of mine) {
          const parts = contents.split(edit.find);
          // a bug that is planted nowhere would be caught by nobody, and nobody would know why
          if (parts.length !== 2)
            throw new Error(`${edit.file} has ${parts.length - 1} places like: ${edit.find}`);
          contents = parts.join(edit.replace);
          left.delete(edit);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}
