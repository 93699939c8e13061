/**
 * Keeps a master's DNS name at the master. A record only says that there may be something to do; where the name must
 * lead is read from the table, so that an old record that is tried again never turns it back.
 *
 * Two followers may overlap, one of them in an invocation that was given up. Whoever has changed the name therefore
 * looks at the table once more: the one that wrote last sees the newest master, and corrects itself.
 */
import type { MasterState } from '../core/model.ts';
import { type NameService, Unavailable } from '../ports.ts';
import { changeOf, recordFor } from './name-record.ts';

const TURNS_MAX = 3;

export interface NameFollowerPorts {
  readonly names: NameService;
  /** Consistent. @throws Unavailable, Unreadable */
  readState(name: string): Promise<MasterState | undefined>;
}

export class NameFollower {
  readonly #ports: NameFollowerPorts;
  /** The host that each name was last seen to lead to. Only a help: what is not in it is looked up. */
  readonly #leadsTo = new Map<string, string>();

  constructor(ports: NameFollowerPorts) {
    this.#ports = ports;
  }

  /**
   * Whether the name may lead elsewhere: after a switch, and for what this process does not know, which may be a
   * name that an outage of the DNS service has left behind.
   */
  mayBeBehind({ name, master }: MasterState): boolean {
    return (
      this.#ports.names.ttlSeconds(name) !== undefined && this.#leadsTo.get(name) !== master.address.host
    );
  }

  /** @throws Unavailable, and what the name service throws: the name may then lead to either. */
  async follow(master: string, signal: AbortSignal): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      const host = await this.#turn(master, signal);
      if (host === undefined) return; // not monitored any more: its name stays as it is
      const state = await this.#ports.readState(master);
      if (state?.master.address.host === host || state?.removed !== undefined) return;
    }
    throw new Unavailable(`the master of ${master} switched whenever its name had followed it`);
  }

  async #turn(master: string, signal: AbortSignal): Promise<string | undefined> {
    const { names, readState } = this.#ports;
    const ttlSeconds = names.ttlSeconds(master);
    const state = await readState(master);
    if (ttlSeconds === undefined || !state || state.removed !== undefined) return undefined;
    const { address } = state.master;
    this.#leadsTo.delete(master); // until it is known to have been changed
    const change = changeOf(await names.read(master, signal), recordFor(address, ttlSeconds));
    if (change) await names.change(master, change, signal);
    this.#leadsTo.set(master, address.host);
    return address.host;
  }
}
