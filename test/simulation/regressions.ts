/**
 * Worlds in which a promise was once broken. Where the mistake is planted again ({@link ./bugs/all.ts}), its world shows it.
 * A change of what the worlds draw makes others of them: then the planted mistakes give the new seeds.
 */
export const REGRESSIONS: readonly { readonly seed: number; readonly story: string }[] = [
  {
    seed: 518,
    story:
      'RESET in the middle of a reconfiguration forgot the replicas that were yet to be pointed to the new master',
  },
  {
    seed: 1303,
    story: 'a pulse that had stood still for three seconds told S_DOWN of a master that only it had missed',
  },
  {
    seed: 50_023_546,
    story:
      'a probe that waited for its connection when the process froze counted as sent before: S_DOWN at the thaw of a node just lost',
  },
  {
    seed: 90_033_560,
    story:
      'the new master and a replica were pointed to each other: with every link down for longer than allowed nobody was promoted, for ever',
  },
  {
    seed: 400_027_832,
    story:
      'a look that froze while its connection was closed counted the silence of the new one from before: S_DOWN of a node just lost',
  },
];
