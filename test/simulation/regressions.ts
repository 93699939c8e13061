/**
 * Worlds in which a promise was once broken. Where the mistake is planted again ({@link ./bugs/all.ts}), its world shows it.
 * A change of what the worlds draw makes others of them: then the planted mistakes give the new seeds.
 */
export const REGRESSIONS: readonly { readonly seed: number; readonly story: string }[] = [
  {
    seed: 1614,
    story:
      'RESET in the middle of a reconfiguration forgot the replicas that were yet to be pointed to the new master',
  },
  {
    seed: 39,
    story: 'a pulse that had stood still for three seconds told S_DOWN of a master that only it had missed',
  },
];
