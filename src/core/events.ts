/** The event log of a state: Redis Sentinel's names and payloads, numbered without a gap. */
import {
  type Address,
  EVENTS_KEPT,
  type Instant,
  type MasterState,
  nodeId,
  type RecordedEvent,
  type SentinelId,
} from './model.ts';

export interface Happening {
  readonly type: string;
  readonly payload: string;
}

/** The state with `happenings` appended: the change and the events that tell of it are one write. */
export function record(
  state: MasterState,
  by: SentinelId,
  now: Instant,
  happenings: readonly Happening[],
): MasterState {
  const events = number(state.lastSeq, by, now, happenings);
  return {
    ...state,
    events: [...state.events, ...events].slice(-EVENTS_KEPT),
    lastSeq: state.lastSeq + events.length,
  };
}

export function number(
  lastSeq: number,
  by: SentinelId,
  now: Instant,
  happenings: readonly Happening[],
): RecordedEvent[] {
  return happenings.map((happening, i) => ({ seq: lastSeq + 1 + i, at: now.wall, by, ...happening }));
}

/** `<type> <name> <ip> <port>` of the master itself, optionally with a suffix. */
export function aboutMaster(type: string, name: string, master: Address, suffix?: string): Happening {
  const payload = `master ${name} ${master.host} ${master.port}`;
  return { type, payload: suffix === undefined ? payload : `${payload} ${suffix}` };
}

/** `slave <host:port> <ip> <port> @ <name> <master ip> <master port>` */
export function aboutReplica(
  type: string,
  name: string,
  master: Address,
  replica: Address,
  suffix?: string,
): Happening {
  const payload = `slave ${nodeId(replica)} ${replica.host} ${replica.port} @ ${name} ${master.host} ${master.port}`;
  return { type, payload: suffix === undefined ? payload : `${payload} ${suffix}` };
}

export function aboutSentinel(type: string, name: string, master: Address, id: SentinelId): Happening {
  return { type, payload: `sentinel ${id} @ ${name} ${master.host} ${master.port}` };
}

/** `<name> <old ip> <old port> <new ip> <new port>` */
export function switchMaster(name: string, from: Address, to: Address): Happening {
  return { type: '+switch-master', payload: `${name} ${from.host} ${from.port} ${to.host} ${to.port}` };
}
