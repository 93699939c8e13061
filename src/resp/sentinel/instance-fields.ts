/** What instance maps of all kinds begin with, in Redis Sentinel's order and words. */
import type { Instant } from '../../core/model.ts';
import { agoMs, type Known, type OwnLook } from '../masters/known.ts';

export type Field = readonly [name: string, value: string | number];

export interface CommonFacts {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly runId: string;
  readonly flags: readonly string[];
  readonly failoverState?: string | undefined;
  /** Since the last valid reply, and since any, in ms. */
  readonly okPingAgoMs: number;
  readonly pingAgoMs: number;
  readonly sdownForMs?: number | undefined;
  readonly odownForMs?: number | undefined;
  readonly downAfterMs: number;
}

export function commonFields(facts: CommonFacts): Field[] {
  return [
    ['name', facts.name],
    ['ip', facts.host],
    ['port', facts.port],
    ['runid', facts.runId],
    ['flags', facts.flags.join(',')],
    ['link-pending-commands', 0],
    ['link-refcount', 1],
    ...optional('failover-state', facts.failoverState),
    // a ping that nobody answered has been waiting since the last one that was
    ['last-ping-sent', facts.sdownForMs === undefined ? 0 : facts.okPingAgoMs],
    ['last-ok-ping-reply', facts.okPingAgoMs],
    ['last-ping-reply', facts.pingAgoMs],
    ...optional('s-down-time', facts.sdownForMs),
    ...optional('o-down-time', facts.odownForMs),
    ['down-after-milliseconds', facts.downAfterMs],
  ];
}

/** Of masters and replicas. */
export function roleFields(infoAgoMs: number, role: 'master' | 'slave', roleForMs: number): Field[] {
  return [
    ['info-refresh', infoAgoMs],
    ['role-reported', role],
    ['role-reported-time', roleForMs],
  ];
}

function optional(name: string, value: string | number | undefined): Field[] {
  return value === undefined ? [] : [[name, value]];
}

const INFO_EVERY_MS = 10_000;

/**
 * How old the last signs of a node are. Without a connection of one's own: a sentinel that lives looks once a pulse and
 * asks INFO in full every 10 s, and writes nothing of it while all is well.
 */
export function signs(
  { state, observations, sentinels, pulseMs }: Known,
  look: OwnLook | undefined,
  sdownAt: number | undefined,
  now: Instant,
): { readonly pingAgoMs: number; readonly infoAgoMs: number } {
  if (look?.answeredAt !== undefined) {
    const pingAgoMs = Math.round(Math.max(0, now.mono - look.answeredAt));
    return { pingAgoMs, infoAgoMs: Math.round(Math.max(0, now.mono - (look.infoAt ?? look.answeredAt))) };
  }
  if (sdownAt !== undefined) {
    const valid = observations.flatMap(({ lastValidAt }) => (lastValidAt === undefined ? [] : [lastValidAt]));
    const pingAgoMs = agoMs(
      Math.min(sdownAt, Math.max(state.outage?.masterValidAt ?? 0, ...valid) || sdownAt),
      now,
    );
    return { pingAgoMs, infoAgoMs: pingAgoMs };
  }
  const heartbeat = Math.max(0, ...sentinels.map(({ at }) => at));
  const ageMs = agoMs(heartbeat, now);
  return { pingAgoMs: Math.min(ageMs, pulseMs), infoAgoMs: Math.min(ageMs, INFO_EVERY_MS) };
}
