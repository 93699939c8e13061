/**
 * One node, several addresses: named by host in the state, by IP in what the nodes say of each other. What is read from
 * INFO is put into the state's own words once, so that every rule behind it compares plain addresses.
 */
import type { NodeInfo } from './info.ts';
import type { NodeLook } from './looks.ts';
import { type Address, type MasterState, type NodeId, nodeId } from './model.ts';
import type { NodeMemory } from './observation.ts';

export type Aliases = ReadonlyMap<NodeId, Address>;

/**
 * From `ip:port`, as looks resolved it, to the address by which the state names that node. What the state says it was
 * last resolved to counts for a node that this process has not reached itself: else the master, which tells its
 * replicas by IP, would make a newcomer of it.
 */
export function aliasesOf(
  { master, replicas }: Pick<MasterState, 'master' | 'replicas'>,
  looks: readonly NodeLook[],
  remembered: Readonly<Record<NodeId, NodeMemory>>,
): Aliases {
  const aliases = new Map<NodeId, Address>();
  const learn = (address: Address, ip: string | undefined) => {
    if (ip !== undefined && ip !== address.host)
      aliases.set(nodeId({ host: ip, port: address.port }), address);
  };
  for (const { address, ip } of [master, ...Object.values(replicas)]) {
    if (remembered[nodeId(address)]?.ip === undefined) learn(address, ip);
  }
  for (const { address, ip } of Object.values(remembered)) learn(address, ip);
  for (const look of looks) if (look.outcome === 'answered') learn(look.node, look.ip);
  // an address that the state uses itself stands for nobody else
  for (const look of looks) aliases.delete(nodeId(look.node));
  return aliases;
}

export function inOwnWords(look: NodeLook, aliases: Aliases): NodeLook {
  if (aliases.size === 0 || look.outcome !== 'answered' || !look.info) return look;
  return { ...look, info: translate(look.info, aliases) };
}

export function translate(info: NodeInfo, aliases: Aliases): NodeInfo {
  const own = (address: Address) => aliases.get(nodeId(address)) ?? address;
  const { upstream, replicas } = info;
  return {
    ...info,
    replicas: replicas.map((replica) => ({ ...replica, address: own(replica.address) })),
    ...(upstream && { upstream: { ...upstream, address: own(upstream.address) } }),
  };
}

/** A host name, and not an IP address: digits and dots alone, or colons, are one. */
export function isHostName(host: string): boolean {
  return !host.includes(':') && !/^[\d.]+$/.test(host);
}
