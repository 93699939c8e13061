/** What MONITOR is asked with, read whole: every fault at once, or nothing but sound values. */
import { type Checked, type Fault, fault, readDirectives } from '../directives.ts';
import { type Address, type Directives, nodeId, REPLICAS_MAX, sameAddress } from '../model.ts';
import { isHostName, nameFaults, readHost, readNode, readPort, withoutDuplicates } from './address.ts';

export interface MonitorRequest {
  readonly name: unknown;
  readonly host: unknown;
  readonly port: unknown;
  /** By their sentinel.conf names. */
  readonly directives: Readonly<Record<string, unknown>>;
  /** Declared replicas, each `host:port`; the master itself may be among them. */
  readonly replicas?: unknown;
}

/** What the door knows of the world around the request. */
export interface MonitorSurroundings {
  /** Whether the address lies in the allowed networks. @default every address does */
  readonly allows?: (address: Address) => boolean;
  /** What the node said of itself when it was looked at. @default nobody looked */
  readonly role?: (address: Address) => NodeRole | undefined;
}

export interface NodeRole {
  readonly role: 'master' | 'slave';
  /** Whom a replica follows. */
  readonly upstream?: Address;
}

/** A request with no fault in it. */
export interface Monitoring {
  readonly name: string;
  readonly address: Address;
  readonly directives: Directives;
  readonly replicas: readonly Address[];
}

/** Every fault of a request at once. Host names are taken only with `resolve-hostnames yes`, as in Sentinel. */
export function readMonitor(
  request: MonitorRequest,
  { allows = () => true }: MonitorSurroundings = {},
): Checked<Monitoring> {
  const { name } = request;
  const port = readPort(request.port);
  const directives = readDirectives(request.directives);
  const host = readHost(request.host);
  const declared = request.replicas ?? [];
  const isList = Array.isArray(declared) && declared.length <= REPLICAS_MAX;
  const replicas = isList ? declared.map(readNode) : [undefined];
  const mayBeName = !directives.ok || directives.value.resolveHostnames;
  const faults: Fault[] = [
    ...nameFaults(name),
    ...(port.ok ? [] : port.faults),
    ...(directives.ok ? [] : directives.faults),
    ...(host === undefined ? [fault('host', request.host, 'an IP address or a host name')] : []),
  ];
  const judge = (directive: string, address: Address, told: string) => {
    if (isHostName(address.host) && !mayBeName) {
      faults.push(fault(directive, told, 'an IP address, or a host name with resolve-hostnames yes'));
    } else if (!allows(address)) faults.push(fault(directive, told, 'an address in the allowed networks'));
  };
  const address = host !== undefined && port.ok ? { host, port: port.value } : undefined;
  if (address) judge('host', address, address.host);
  else if (host !== undefined) judge('host', { host, port: 1 }, host);
  replicas.forEach((replica, i) => {
    if (replica) judge('replicas', replica, nodeId(replica));
    else
      faults.push(
        fault('replicas', isList ? declared[i] : declared, `a list of host:port, at most ${REPLICAS_MAX}`),
      );
  });
  if (faults.length > 0 || !address || !directives.ok) return { ok: false, faults };
  const others = replicas.flatMap((replica) => (replica && !sameAddress(replica, address) ? [replica] : []));
  const value = { address, directives: directives.value, replicas: withoutDuplicates(others) };
  return { ok: true, value: { ...value, name: name as string } };
}
