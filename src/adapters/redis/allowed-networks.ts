/** The networks the nodes lie in: no connection is opened to an address outside. */
import { BlockList, isIP } from 'node:net';
import { printable } from '../../core/info.ts';
import type { Address } from '../../core/model.ts';

/**
 * @param networks - CIDRs of both families, such as `10.0.0.0/16` or `fd00::/8`; undefined: every address is inside
 * @returns whether an address, which must be no name, lies in one of them
 * @throws Error that names an entry which is no CIDR
 */
export function allowedNetworks(networks: readonly string[] | undefined): (ip: string) => boolean {
  if (!networks) return () => true;
  const list = new BlockList();
  for (const network of networks) {
    const { address, bits, family } = parseNetwork(network);
    list.addSubnet(address, bits, family);
  }
  // an address of IPv4 written in IPv6's way is found in IPv4's networks too
  return (ip) => list.check(withoutScope(ip), familyOf(ip));
}

/** For who only writes addresses down. A name passes: a zone judges it by what it resolves to, at each look. */
export function allowedNodes(networks: readonly string[] | undefined): (node: Address) => boolean {
  const inside = allowedNetworks(networks);
  return ({ host }) => isIP(host) === 0 || inside(host);
}

function parseNetwork(network: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } {
  const [, address = '', prefix = ''] = /^([0-9A-Fa-f:.]+)\/(\d{1,3})$/.exec(network) ?? [];
  const family = familyOf(address);
  const bits = Number(prefix);
  if (isIP(address) === 0 || bits > (family === 'ipv4' ? 32 : 128)) {
    throw new Error(`allowedNetworks: "${printable(network)}" is no network: 10.0.0.0/16 and fd00::/8 are`);
  }
  return { address, bits, family };
}

function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return ip.includes(':') ? 'ipv6' : 'ipv4';
}

/** A link-local address may name the interface it is on: `fe80::1%eth0`. */
function withoutScope(ip: string): string {
  return ip.split('%', 1)[0] ?? ip;
}
