/** SENTINEL MONITOR: the first state of a master, the next one of a name that was removed, or the same again. */
import type { Checked } from '../directives.ts';
import { aboutMaster, aboutReplica, record } from '../events.ts';
import { type Instant, type MasterState, nodeId, SCHEMA, type SentinelId, sameAddress } from '../model.ts';
import { declaredReplica, declareReplicas } from './declared-replicas.ts';
import {
  type Monitoring,
  type MonitorRequest,
  type MonitorSurroundings,
  readMonitor,
} from './monitor-request.ts';
import { committed, inProgress, live, type Outcome, refuse, refuseFaults } from './outcome.ts';
import { tombstone } from './remove.ts';
import { set } from './set.ts';

/** The first state of a name that never was. */
export function monitor(request: MonitorRequest, by: SentinelId, now: Instant): Checked<MasterState> {
  const read = readMonitor(request);
  return read.ok ? { ok: true, value: begin(undefined, read.value, by, now) } : read;
}

/** MONITOR of a name that may exist. One record serves every sentinel, so that the same again is no error. */
export function monitorOver(
  found: MasterState | undefined,
  request: MonitorRequest,
  surroundings: MonitorSurroundings,
  by: SentinelId,
  now: Instant,
): Outcome {
  const read = readMonitor(request, surroundings);
  if (!read.ok) return refuseFaults(read.faults);
  const { address } = read.value;
  const state = live(found);
  if (state) return again(state, request, read.value, by, now);
  const look = surroundings.role?.(address);
  if (look?.role === 'slave') {
    const master = look.upstream
      ? `of ${nodeId(look.upstream)}: monitor that`
      : 'of a master it does not name';
    return refuse('is-a-replica', `${nodeId(address)} is a replica ${master}`);
  }
  return { kind: 'change', next: begin(found, read.value, by, now) };
}

/**
 * A name that returns goes on from its tombstone: rev, epochs and events never start over (I2), and the new address
 * has a configuration epoch that named no other (I3). Nothing else is taken over, credentials least of all.
 */
function begin(
  removed: MasterState | undefined,
  { name, address, directives, replicas }: Monitoring,
  by: SentinelId,
  now: Instant,
): MasterState {
  const { removed: _, ...before } = removed ? tombstone(removed, now) : blank(name, directives);
  const epoch = removed ? removed.currentEpoch + 1 : 0;
  const state: MasterState = {
    ...before,
    directives,
    currentEpoch: epoch,
    configEpoch: epoch,
    master: { address },
    replicas: Object.fromEntries(replicas.map((replica) => declaredReplica(replica))),
  };
  return record(state, by, now, [
    aboutMaster('+monitor', name, address, `quorum ${directives.quorum}`),
    ...replicas.map((replica) => aboutReplica('+slave', name, address, replica)),
  ]);
}

/** It changes what is asked for anew, and the quorum not at all: a name stands for one configuration. */
function again(
  state: MasterState,
  request: MonitorRequest,
  { address, directives, replicas }: Monitoring,
  by: SentinelId,
  now: Instant,
): Outcome {
  if (!sameAddress(state.master.address, address) || state.directives.quorum !== directives.quorum) {
    return refuse('duplicate', 'Duplicated master name');
  }
  const outcome = set(state, request.directives, by, now);
  if (outcome.kind === 'refused') return outcome;
  const after = outcome.kind === 'change' ? outcome.next : state;
  const declared = declareReplicas(after, replicas, by, now);
  if (declared.kind !== 'unchanged') return declared;
  return outcome.kind === 'change' && committed(state) ? inProgress() : outcome;
}

function blank(name: string, directives: MasterState['directives']): MasterState {
  return {
    ...{ schema: SCHEMA, name, rev: 0, writeId: '', directives },
    ...{ currentEpoch: 0, configEpoch: 0, master: { address: { host: '', port: 0 } } },
    ...{ replicas: {}, voters: [], events: [], lastSeq: 0 },
  };
}
