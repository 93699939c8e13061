/** Skipped where they are not installed: `node scripts/client-toolchains.mjs` does that. */
import { OTHERS } from './catalogue.ts';
import { defineGroup } from './group.ts';

defineGroup('clients in other languages', OTHERS);
