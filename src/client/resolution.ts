/** Where a master is, as a client of it needs to know. */
import type { Address } from '../core/model.ts';

export interface Resolution {
  readonly name: string;
  readonly master: Address;
  /** `odown`: the quorum agrees that the master is down. Absent where the answer does not tell. */
  readonly status?: 'ok' | 'odown' | 'failover';
  /** Those a client may be sent to, whether or not they are up. */
  readonly replicas: readonly Address[];
}

/** Where resolutions come from. */
export interface Source {
  /**
   * @returns undefined when no master of that name is monitored
   * @throws Error when it cannot be told, which says why
   */
  read(name: string, signal: AbortSignal): Promise<Resolution | undefined>;
}

/** Reading the address is worth a try at once: it may be about to change. */
export function isSettled({ status = 'ok' }: Resolution): boolean {
  return status === 'ok';
}
