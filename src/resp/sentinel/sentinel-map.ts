/** Another gateway, or a zone that is a process, as SENTINEL SENTINELS tells it: a function cannot be reached by clients. */
import { createHash } from 'node:crypto';
import type { Address, Instant } from '../../core/model.ts';
import type { Known } from '../masters/known.ts';
import { commonFields, type Field } from './instance-fields.ts';

/** A gateway's id, 40 hex digits: whoever knows where it is reached can make it. */
export function gatewayId({ host, port }: Address): string {
  return createHash('sha1').update(`lambda-sentinel gateway ${host} ${port}`).digest('hex');
}

export interface Peer {
  /** What SENTINEL MYID tells there. */
  readonly id: string;
  readonly address: Address;
  /** When it last took a connection. */
  readonly reachedAt: Instant;
}

export function sentinelFields({ state }: Known, { id, address, reachedAt }: Peer, now: Instant): Field[] {
  const agoMs = Math.round(Math.max(0, now.mono - reachedAt.mono));
  return [
    ...commonFields({
      name: id,
      ...address,
      runId: id,
      flags: ['sentinel'],
      okPingAgoMs: agoMs,
      pingAgoMs: agoMs,
      downAfterMs: state.directives.downAfterMs,
    }),
    ['last-hello-message', agoMs],
    // a gateway has no vote, and a zone's stands in the table alone
    ['voted-leader', '?'],
    ['voted-leader-epoch', 0],
  ];
}
