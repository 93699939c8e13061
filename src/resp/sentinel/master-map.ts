/** A master as SENTINEL MASTER tells it. */
import type { Instant, MasterState } from '../../core/model.ts';
import { nodeId } from '../../core/model.ts';
import {
  agoMs,
  downSince,
  failoverOpen,
  type Known,
  objectivelyDownSince,
  replicasOf,
  saysOtherRole,
  toldAddress,
} from '../masters/known.ts';
import { commonFields, type Field, roleFields, signs } from './instance-fields.ts';

export function masterFields(known: Known, now: Instant): Field[] {
  const { state, looks } = known;
  const { directives, master } = state;
  const look = looks.get(nodeId(master.address));
  const sdown = downSince(known, master.address, now);
  const { host, port } = toldAddress(state, master);
  const { pingAgoMs, infoAgoMs } = signs(known, look, sdown, now);
  const odown = objectivelyDownSince(known);
  return [
    ...commonFields({
      name: state.name,
      host,
      port,
      runId: look?.full?.info?.runId ?? master.runId ?? '',
      flags: masterFlags(known, now),
      failoverState: failoverState(state),
      okPingAgoMs: pingAgoMs,
      pingAgoMs,
      sdownForMs: sdown === undefined ? undefined : agoMs(sdown, now),
      odownForMs: odown === undefined ? undefined : agoMs(odown, now),
      downAfterMs: directives.downAfterMs,
    }),
    ...roleFields(
      infoAgoMs,
      look?.answered?.info?.role ?? (saysOtherRole(known, master.address, now) ? 'slave' : 'master'),
      agoMs(switchedAt(state), now),
    ),
    ['config-epoch', state.configEpoch],
    ['num-slaves', replicasOf(known).length],
    ['num-other-sentinels', otherSentinels(state)],
    ['quorum', directives.quorum],
    ['failover-timeout', directives.failoverTimeoutMs],
    ['parallel-syncs', directives.parallelSyncs],
  ];
}

/**
 * `disconnected` goes with S_DOWN, and with a connection of the gateway's own that the master refuses: clients beside it
 * are refused too. Without one of its own a gateway would take each node for gone. From the switch on the entry is the new master's, of which none of this is so.
 */
export function masterFlags(known: Known, now: Instant): string[] {
  const { state } = known;
  const sdown = downSince(known, state.master.address, now) !== undefined;
  const open = failoverOpen(known);
  return [
    ...(sdown ? ['s_down'] : []),
    ...(objectivelyDownSince(known) === undefined ? [] : ['o_down']),
    'master',
    ...(sdown || refuses(known) ? ['disconnected'] : []),
    ...(open ? ['failover_in_progress'] : []),
    ...(open && state.failover && state.failover.kind !== 'automatic' ? ['force_failover'] : []),
  ];
}

function refuses({ state, looks }: Known): boolean {
  return looks.get(nodeId(state.master.address))?.last.outcome === 'refused';
}

/** As Sentinel, which counts the others beside the one that is asked: N zones tell N - 1. */
export function otherSentinels({ voters }: MasterState): number {
  return Math.max(0, voters.length - 1);
}

/** In which of Sentinel's steps the failover is, until the switch. */
function failoverState({ election, failover }: MasterState): string | undefined {
  switch (failover?.step) {
    case undefined:
      return election ? 'wait_start' : undefined;
    case 'selecting':
      return 'select_slave';
    case 'handing over':
      return 'send_slaveof_noone';
    case 'promoting':
      return 'wait_promotion';
    case 'reconfiguring':
      return undefined;
  }
}

/** Since when it is the master, as far as the state tells. */
export function switchedAt({ lastFailover, failover, events }: MasterState): number {
  return failover?.timeline.switched ?? lastFailover?.timeline.switched ?? events[0]?.at ?? 0;
}
