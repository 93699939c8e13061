/** Nodes behind NAT: the address a node announces, and the one at which this zone reaches it. */
import { printable } from '../../core/info.ts';
import { type Address, nodeId } from '../../core/model.ts';

/** @throws Error for an entry that is not `host:port` → `host:port`. */
export function addressMap(entries: ReadonlyMap<string, string>): (node: Address) => Address {
  const reached = new Map([...entries].map(([from, to]) => [nodeId(parseAddress(from)), parseAddress(to)]));
  return (node) => reached.get(nodeId(node)) ?? node;
}

function parseAddress(text: string): Address {
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  const host = found?.[1] ?? found?.[2];
  if (host === undefined || port < 1 || port > 65_535)
    throw new Error(`"${printable(text)}" is not an address: host:port is`);
  return { host, port };
}
