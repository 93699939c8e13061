/** The masters a deployment declares. */
import { Token } from 'aws-cdk-lib';
import { type Credentials, passwordReference } from './credentials.ts';
import { type DirectiveProps, directivesOf } from './directives.ts';
import { InvalidProp } from './invalid-prop.ts';

/**
 * One master and how it is watched.
 * @example
 * { name: 'orders', host: '10.0.1.10', replicas: ['10.0.2.10:6379'], downAfter: Duration.seconds(5) }
 */
export interface MasterProps extends DirectiveProps {
  /** What clients ask for: 1 to 128 of the characters `A-Z a-z 0-9 . _ -`. */
  readonly name: string;
  /**
   * Where the master is now: an IP address, or with `resolveHostnames` a name. After the first deployment the table
   * knows.
   */
  readonly host: string;
  /** @default 6379 */
  readonly port?: number;
  /**
   * Nodes that follow it, as `host:port`, for those that the master does not tell of yet.
   * @default - the master tells them
   */
  readonly replicas?: readonly string[];
  /** How the zones log on to the nodes. @default - without a password */
  readonly credentials?: Credentials;
}

/** As the configure function takes it. */
export interface DeclaredMaster {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly replicas?: readonly string[];
  readonly directives: Readonly<Record<string, unknown>>;
}

const NAME = /^[A-Za-z0-9._-]{1,128}$/;
const IP = /^(\d{1,3}(\.\d{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$/;
const NODE = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/;
const DEFAULT_PORT = 6379;

/** @param majority - of the zones: the quorum of a master that names none */
export function declare(masters: readonly MasterProps[], majority: number): DeclaredMaster[] {
  if (masters.length === 0) throw new InvalidProp('masters', masters, 'at least one master');
  const names = masters.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new InvalidProp('masters', twice, 'each name once');
  return masters.map((master) => declareOne(master, majority));
}

/** Every port of a node that is known at synth, for the security group. */
export function portsOf(masters: readonly DeclaredMaster[]): number[] {
  const ports = masters.flatMap(({ port, replicas = [] }) => [
    port,
    ...replicas.map((node) => Number(NODE.exec(node)?.[2])),
  ]);
  return [...new Set(ports)].sort((a, b) => a - b);
}

function declareOne(master: MasterProps, majority: number): DeclaredMaster {
  const { name, host, port = DEFAULT_PORT, replicas, credentials } = master;
  if (!NAME.test(name)) {
    throw new InvalidProp('masters.name', name, '1 to 128 of the characters A-Z a-z 0-9 . _ -');
  }
  const where = `masters[${name}]`;
  checkHost(`${where}.host`, host, master.resolveHostnames === true);
  checkPort(`${where}.port`, port);
  for (const node of replicas ?? []) checkNode(`${where}.replicas`, node);
  return {
    name,
    host,
    port,
    ...(replicas && { replicas }),
    directives: {
      ...directivesOf(where, { ...master, quorum: master.quorum ?? majority }),
      ...(credentials && {
        ...(credentials.username !== undefined && { 'auth-user': credentials.username }),
        'auth-pass': passwordReference(name, credentials),
      }),
    },
  };
}

function checkHost(where: string, host: string, mayBeName: boolean): void {
  if (Token.isUnresolved(host) || IP.test(host)) return;
  if (mayBeName && /^[A-Za-z0-9._-]{1,253}$/.test(host)) return;
  throw new InvalidProp(where, host, 'an IP address, or a host name with resolveHostnames: true');
}

function checkPort(where: string, port: number): void {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return;
  throw new InvalidProp(where, port, 'a whole number from 1 to 65535');
}

function checkNode(where: string, node: string): void {
  const port = Number(NODE.exec(node)?.[2]);
  if (!(port >= 1 && port <= 65_535)) {
    throw new InvalidProp(where, node, 'host:port, with IPv6 in brackets');
  }
}
