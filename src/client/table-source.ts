/** Resolutions from the table itself, for who may read it: the store reads one item, consistently. */
import type { Address, MasterState } from '../core/model.ts';
import { live } from '../core/operations/outcome.ts';
import type { StateStore } from '../ports.ts';
import type { Resolution, Source } from './resolution.ts';

export class TableSource implements Source {
  readonly #store: Pick<StateStore, 'readState'>;

  constructor(store: Pick<StateStore, 'readState'>) {
    this.#store = store;
  }

  async read(name: string): Promise<Resolution | undefined> {
    const state = live(await this.#store.readState(name));
    return state && resolutionOf(state);
  }
}

function resolutionOf(state: MasterState): Resolution {
  const { name, master, replicas, failover, election, outage } = state;
  // what is not announced, or not ours, no client is sent to
  const offered = Object.values(replicas).filter(
    ({ announced, stranger }) => announced !== false && stranger === undefined,
  );
  return {
    name,
    master: told(state, master),
    status: failover ? 'failover' : election || outage ? 'odown' : 'ok',
    replicas: offered.map((replica) => told(state, replica)),
  };
}

/** A host name is told as the address it was last resolved to, unless `announce-hostnames` is set, as in Sentinel. */
function told(
  { directives }: MasterState,
  { address, ip }: { readonly address: Address; readonly ip?: string },
): Address {
  return ip === undefined || directives.announceHostnames ? address : { ...address, host: ip };
}
