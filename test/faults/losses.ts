/** Which losses Redis' replication explains, and which break a promise. */
export interface Losses {
  /** How the master changed meanwhile, each time. */
  readonly switches: readonly string[];
  /** Acknowledged writes that the master does not hold. */
  readonly lost: number;
  /** Reads of a number that was smaller than one read before. */
  readonly olderNumbers: readonly string[];
}

/** Replication is asynchronous: what a master had not passed on when it was given up is lost, and nothing else may be. */
export function brokenLosses({ switches, lost, olderNumbers }: Losses): string[] {
  if (switches.some((kind) => kind !== 'coordinated')) return [];
  const through = switches.length === 0 ? 'without a failover' : 'by coordinated failovers alone';
  return [
    ...(lost > 0 ? [`${lost} acknowledged writes were lost ${through}`] : []),
    ...olderNumbers.map((older) => `read ${older}, ${through}`),
  ];
}
