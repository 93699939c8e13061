/** Whether a node is a master's primary or one of its replicas, for load balancers that ask for each of their servers. */
import { type Address, type MasterState, nodeId, type ReplicaRecord, sameAddress } from '../core/model.ts';
import type { Listed } from './listing.ts';
import { forClients } from './master.ts';
import { stripped } from './printable.ts';
import { foundBy, type Seen } from './seen.ts';

export interface NodeRole {
  /** As it was asked for. */
  readonly node: string;
  readonly role: 'primary' | 'replica';
  readonly master: string;
}

export type Judged =
  | { readonly ok: true; readonly told: NodeRole }
  | { readonly ok: false; readonly reason: string };

/** Where the table says the master is, as SENTINEL GET-MASTER-ADDR-BY-NAME does: until the switch it stays where it was. */
export function judgePrimary(node: Address, listed: readonly Listed[]): Judged {
  const states = readable(listed);
  const of = states.find(({ master }) => isAt(master, node));
  if (of) return ok(node, 'primary', of);
  const replicaOf = states.find((state) => replicaAt(state, node));
  if (!replicaOf) return no(unknown(node, listed));
  return no(`${nodeId(node)} is a replica of ${replicaOf.name}, whose master is ${masterOf(replicaOf)}.`);
}

/** The master to which it may belong, whose view says more of it. */
export function replicaOf(node: Address, listed: readonly Listed[]): MasterState | undefined {
  return readable(listed).find((state) => replicaAt(state, node));
}

/** @param seen - of the master that {@link replicaOf} found */
export function judgeReplica(node: Address, seen: Seen, listed: readonly Listed[]): Judged {
  const { state } = seen;
  const replica = replicaAt(state, node);
  if (!replica) return noReplica(node, listed); // it left between two reads
  const { stranger } = replica;
  if (stranger !== undefined) return no(`${nodeId(node)} is left alone: ${stranger}.`);
  if (!forClients(replica)) return no(`${nodeId(node)} is not announced to clients.`);
  const down = foundBy(seen, nodeId(replica.address), 'down');
  if (down.length >= state.directives.quorum) {
    return no(`${nodeId(node)} is down for the quorum: ${down.join(', ')}.`);
  }
  const role = foundBy(seen, nodeId(replica.address), 'role');
  if (role.length >= state.directives.quorum) {
    return no(`${nodeId(node)} says another role than a replica's for ${role.join(', ')}.`);
  }
  return ok(node, 'replica', state);
}

export function noReplica(node: Address, listed: readonly Listed[]): Judged {
  const master = readable(listed).find((state) => isAt(state.master, node));
  return no(master ? `${nodeId(node)} is the master of ${master.name}.` : unknown(node, listed));
}

function readable(listed: readonly Listed[]): MasterState[] {
  return listed.flatMap((entry) => (entry.kind === 'master' ? [entry.state] : []));
}

/** By the address in the state's own words, or by what a host name was last resolved to. */
function isAt({ address, ip }: { address: Address; ip?: string }, node: Address): boolean {
  return sameAddress(address, node) || (ip !== undefined && sameAddress({ ...address, host: ip }, node));
}

function replicaAt({ replicas }: MasterState, node: Address): ReplicaRecord | undefined {
  return Object.values(replicas).find((replica) => isAt(replica, node));
}

function masterOf({ master }: MasterState): string {
  return nodeId(master.address);
}

function unknown(node: Address, listed: readonly Listed[]): string {
  const hidden = listed.flatMap((entry) => (entry.kind === 'unreadable' ? [entry.name] : []));
  const but = hidden.length > 0 ? ` (${hidden.join(', ')} could not be read)` : '';
  return `No monitored master knows ${nodeId(node)}${but}.`;
}

function ok(node: Address, role: NodeRole['role'], { name }: MasterState): Judged {
  return { ok: true, told: { node: nodeId(node), role, master: name } };
}

function no(reason: string): Judged {
  return { ok: false, reason: stripped(reason) };
}
