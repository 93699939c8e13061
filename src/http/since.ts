/** Since when a master is where it is: told by the events the state keeps, or by its last failover. */
import { type EpochMs, type MasterState, type RecordedEvent, sameAddress } from '../core/model.ts';

/** @returns undefined when the events that told it are no longer kept */
export function masterSince({ master, configEpoch, lastFailover, events }: MasterState): EpochMs | undefined {
  const told = events.findLast(({ type }) => type === '+switch-master' || type === '+monitor');
  if (told) return namesLast(told, `${master.address.host} ${master.address.port}`) ? told.at : undefined;
  const { to, epoch = 0, timeline } = lastFailover ?? {};
  // one that ended without a switch, or before another door moved the master, says nothing of this address
  const itsOwn = to !== undefined && sameAddress(to, master.address) && epoch >= configEpoch;
  return itsOwn ? timeline?.switched : undefined;
}

/** `+switch-master` ends with the new address; `+monitor` has the quorum behind it. */
function namesLast({ type, payload }: RecordedEvent, address: string): boolean {
  return type === '+monitor' ? payload.includes(` ${address} `) : payload.endsWith(` ${address}`);
}
