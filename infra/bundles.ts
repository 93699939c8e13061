/** The functions' code, built before it is published: who deploys needs no bundler. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** Seen from the sources, and from what is made of them for the package: dist/infra. */
const BUILT = ['../dist/lambda', '../lambda'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

export type BundleName = 'sentinel' | 'pacemaker' | 'relay' | 'read' | 'operate' | 'configure';

export class Bundles {
  readonly #folder: string;

  /** @param folder - holds `<name>.mjs`. @default - the ones of this package */
  constructor(folder?: string) {
    this.#folder = folder ?? BUILT.find((built) => existsSync(join(built, 'sentinel.mjs'))) ?? BUILT[0] ?? '';
  }

  /**
   * An asset of this bundle alone: a change of one function deploys no other.
   * @param files - put beside it, by name
   */
  code(scope: Construct, name: BundleName, files: Readonly<Record<string, string>> = {}): Code {
    const all = Object.entries({ [`${name}.mjs`]: this.#read(name), ...files });
    const digest = createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 16);
    // Within the cloud assembly: nothing is left behind elsewhere.
    const staged = join(Stage.of(scope)?.assetOutdir ?? '.', `lambda-sentinel-${name}-${digest}`);
    mkdirSync(staged, { recursive: true });
    for (const [file, text] of all) writeFileSync(join(staged, file), text);
    return Code.fromAsset(staged);
  }

  /** Whether a bundle speaks of something, such as a setting that it must know to be safe. */
  mentions(name: BundleName, word: string): boolean {
    return this.#read(name).includes(word);
  }

  #read(name: BundleName): string {
    const file = join(this.#folder, `${name}.mjs`);
    if (existsSync(file)) return readFileSync(file, 'utf8');
    throw new Error(`RedisSentinel: the bundle ${file} is missing: run \`npm run build\``);
  }
}
