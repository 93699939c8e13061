/**
 * Worlds in which a promise was once broken. Where the mistake is planted again ({@link ./bugs/all.ts}), its world shows it.
 * A change of what the worlds draw makes others of them: then the planted mistakes give the new seeds.
 */
export const REGRESSIONS: readonly { seed: number; storm?: true; story: string }[] = [
  {
    seed: 1614,
    story:
      'RESET in the middle of a reconfiguration forgot the replicas that were yet to be pointed to the new master',
  },
  {
    seed: 39,
    story: 'a pulse that had stood still for three seconds told S_DOWN of a master that only it had missed',
  },
  {
    seed: 7,
    story:
      'a node with all the data was promoted, and the data were told lost: it had left the known history twice',
  },
  {
    seed: 1985,
    story:
      'the chosen node came back empty and was promoted after failover-timeout, while others with the data were seen',
  },
  {
    seed: 900_002_629,
    story:
      'each leader that resumed wrote the intent anew and waited for the lost data anew: the failover never ended',
  },
  {
    seed: 2_685_290_940,
    story: 'a hand-over was asked for while the master had come back empty, and handed its emptiness over',
  },
  {
    seed: 486,
    story:
      'a reply that came between two looks was forgotten when the next one was refused: S_DOWN came at once',
  },
  {
    seed: 61,
    story:
      'a report without an answer and the one after it bore one number, and the older one could stand for it',
  },
  {
    seed: 2_000_125_139,
    story: 'CLIENT KILL shut out a fresh connection, and a living node was taken for one that refuses',
  },
  {
    seed: 3_000_022_542,
    story: 'a run id that came too late for its look was not asked for again: lost data were told lost twice',
  },
  {
    seed: 4_400_024_485,
    storm: true,
    story:
      'a master that was removed and monitored again was judged, and its replicas entered, by what was seen of it before',
  },
  {
    seed: 4_400_025_917,
    storm: true,
    story:
      'a process that had stood still took the data for lost by a look that was older than what the state said',
  },
  {
    seed: 4_500_005_255,
    storm: true,
    story:
      'an operator who never stopped changing something kept a group from taking what was left of its data',
  },
  {
    seed: 4_500_021_047,
    storm: true,
    story:
      'REMOVE took a failover away with its intent just written: the calm zones’ last word, long before, passed for silence',
  },
  {
    seed: 4_600_017_611,
    storm: true,
    story:
      'a reply remembered by a clock that was ahead made the master seem gone for less long: the better replica was passed over',
  },
  {
    seed: 4_700_014_545,
    storm: true,
    story:
      'a word that got no answer in the alert, and one after it told as of an older incarnation: the late one stood for both',
  },
];
