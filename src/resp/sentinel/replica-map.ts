/** A replica as SENTINEL REPLICAS tells it. */
import { type Instant, nodeId, type ReplicaRecord, sameAddress } from '../../core/model.ts';
import { agoMs, downSince, type Known, replicasOf, saysOtherRole, toldAddress } from '../masters/known.ts';
import { commonFields, type Field, roleFields, signs } from './instance-fields.ts';
import { switchedAt } from './master-map.ts';

/** Those that clients may be told of. */
export function announcedReplicas(known: Known): readonly ReplicaRecord[] {
  return replicasOf(known).filter(({ announced }) => announced !== false);
}

export function replicaFields(known: Known, replica: ReplicaRecord, now: Instant): Field[] {
  const { state, looks } = known;
  const look = looks.get(nodeId(replica.address));
  const told = toldAddress(state, replica);
  const sdown = downSince(known, replica.address, now);
  const { pingAgoMs, infoAgoMs } = signs(known, look, sdown, now);
  return [
    ...commonFields({
      name: nodeId(told),
      ...told,
      runId: look?.full?.info?.runId ?? '',
      flags: replicaFlags(known, replica, now),
      okPingAgoMs: pingAgoMs,
      pingAgoMs,
      sdownForMs: sdown === undefined ? undefined : agoMs(sdown, now),
      downAfterMs: state.directives.downAfterMs,
    }),
    ...roleFields(
      infoAgoMs,
      look?.answered?.info?.role ?? (saysOtherRole(known, replica.address, now) ? 'master' : 'slave'),
      agoMs(switchedAt(state), now),
    ),
    ...linkFields(known, replica, now),
  ];
}

/** Without a look of one's own a replica is taken to follow the master as long as both are up. */
function linkFields(known: Known, replica: ReplicaRecord, now: Instant): Field[] {
  const { state, looks } = known;
  const { answered, full } = looks.get(nodeId(replica.address)) ?? {};
  const info = answered?.info ?? full?.info;
  const master = toldAddress(state, state.master);
  const masterDown = downSince(known, state.master.address, now);
  const brokenSince = downSince(known, replica.address, now) ?? masterDown;
  const link = info?.upstream ?? {
    address: master,
    linkUp: brokenSince === undefined,
    linkDownForMs: brokenSince === undefined ? 0 : agoMs(brokenSince, now),
    priority: undefined,
    announced: replica.announced !== false,
  };
  const follows = info === undefined || info.role === 'slave';
  return [
    ['master-link-down-time', link.linkDownForMs ?? 0],
    ['master-link-status', follows && link.linkUp ? 'ok' : 'err'],
    ['master-host', follows ? link.address.host : '?'],
    ['master-port', follows ? link.address.port : 0],
    ['slave-priority', link.priority ?? full?.info?.upstream?.priority ?? 100],
    ['slave-repl-offset', info?.offset ?? 0],
    ['replica-announced', link.announced ? 1 : 0],
  ];
}

const RECONFIGURED = { sent: 'reconf_sent', inprog: 'reconf_inprog', done: 'reconf_done' } as const;

export function replicaFlags(known: Known, replica: ReplicaRecord, now: Instant): string[] {
  const { failover } = known.state;
  const { reconfiguration } = replica;
  const sdown = downSince(known, replica.address, now) !== undefined;
  const promoted =
    failover?.step === 'promoting' &&
    failover.intent !== undefined &&
    sameAddress(failover.intent.node, replica.address);
  return [
    ...(sdown ? ['s_down'] : []),
    'slave',
    ...(sdown ? ['disconnected'] : []),
    ...(promoted ? ['promoted'] : []),
    ...(failover && reconfiguration !== 'none' ? [RECONFIGURED[reconfiguration]] : []),
  ];
}
