/** What is checked without running anything. */
import { runNode } from './bootstrap.mjs';

export const CHECKS = [
  { name: 'typecheck (tsc)', run: () => runNode('node_modules/typescript/bin/tsc', ['-p', '.']) },
  {
    name: 'format and lint (biome)',
    run: () => runNode('node_modules/@biomejs/biome/bin/biome', ['check', '.']),
  },
];
