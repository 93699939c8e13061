/** What both sentinels under test are configured with, by its sentinel.conf names. */
export interface Directives {
  readonly quorum: number;
  readonly 'down-after-milliseconds': number;
  readonly 'failover-timeout': number;
}

/** A failed attempt is followed by a wait of twice the failover timeout: short enough for a round. */
export const DIRECTIVES: Directives = {
  quorum: 2,
  'down-after-milliseconds': 1000,
  'failover-timeout': 6000,
};
