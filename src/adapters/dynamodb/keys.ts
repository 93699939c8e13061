/** Where each item lies in the table. A partition holds all that one decision about one master reads. */
import type { SentinelId } from '../../core/model.ts';

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

export const SENTINELS = 'SENTINELS';
export const DIRECTORY = 'DIRECTORY';
/** A partition of its own: IAM tells partitions apart, and only a sentinel or the operator's door reads this one. */
export const SECRETS = 'SECRETS';
export const PACEMAKER = 'PACEMAKER';

/** The sort keys of a view; `STATE` sorts between the observations and the votes. */
export const VIEW_RANGE = { from: 'OBS#', to: 'VOTE#~' } as const;

export function masterPartition(name: string): string {
  return `MASTER#${name}`;
}

export function stateKey(name: string): ItemKey {
  return { pk: masterPartition(name), sk: 'STATE' };
}

export function observationKey(name: string, sentinel: SentinelId): ItemKey {
  return { pk: masterPartition(name), sk: `OBS#${sentinel}` };
}

const EPOCH_DIGITS = 10;
export const EPOCH_MAX = 10 ** EPOCH_DIGITS - 1;

/** Ten digits, so that votes sort by epoch. @throws RangeError for an epoch that has more. */
export function voteKey(name: string, epoch: number, sentinel: SentinelId): ItemKey {
  const digits = String(epoch).padStart(EPOCH_DIGITS, '0');
  if (!/^\d{10}$/.test(digits)) {
    throw new RangeError(`an epoch has at most ${EPOCH_DIGITS} digits, not ${epoch}`);
  }
  return { pk: masterPartition(name), sk: `VOTE#${digits}#${sentinel}` };
}

export function sentinelKey(sentinel: SentinelId): ItemKey {
  return { pk: SENTINELS, sk: sentinel };
}

export function directoryKey(name: string): ItemKey {
  return { pk: DIRECTORY, sk: name };
}

export function secretKey(id: string): ItemKey {
  return { pk: SECRETS, sk: id };
}

/** The long history of a master. Twelve digits, so that events sort by their numbers. */
export function eventKey(name: string, seq: number): ItemKey {
  return { pk: `EVENTS#${name}`, sk: String(seq).padStart(12, '0') };
}

/** What one sentinel saw is kept beside it, behind the numbered events, in the order of time. */
export function sightingKey(name: string, sentinel: SentinelId, at: number, seq: number): ItemKey {
  const time = String(Math.trunc(at)).padStart(16, '0');
  return { pk: `EVENTS#${name}`, sk: `OBS#${sentinel}#${time}#${seq}` };
}

export function seedingKey(fleet: string): ItemKey {
  return { pk: PACEMAKER, sk: fleet };
}
