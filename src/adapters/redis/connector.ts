/** Opens the socket of one connection, to the addresses that were resolved and judged before and to no other. */
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { AbstractConnector } from 'ioredis';
import type { Reachable } from './places.ts';

export interface Target extends Omit<Reachable, 'kind'> {
  /** The zone's own material; undefined is plain TCP. */
  readonly tls: ConnectionOptions | undefined;
  readonly connectTimeoutMs: number;
}

/** As ioredis wants it: a class that it makes an instance of. */
export function connectorTo(target: Target): new (options: unknown) => AbstractConnector {
  return class extends AbstractConnector {
    constructor() {
      super(CLOSING_MS_MAX);
    }

    override async connect(): Promise<Socket> {
      const { host, port } = target;
      // The name stays what a certificate is held to; several addresses are tried in turn until one takes it.
      const to = { host, port, lookup: resolvedTo(target.ips) };
      this.stream = target.tls ? connectTls({ ...to, ...serverName(host), ...target.tls }) : connectTcp(to);
      this.stream.once('error', (error) => {
        this.firstError = error;
      });
      return this.stream;
    }
  };
}

const CLOSING_MS_MAX = 2000;

/** Asked for in the handshake, where several names share an address; an address cannot be. */
function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

function resolvedTo(ips: readonly string[]): LookupFunction {
  const all = ips.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const first = all[0] ?? { address: '', family: 4 };
  return (_, options, found) => {
    if (options.all) found(null, all);
    else found(null, first.address, first.family);
  };
}
