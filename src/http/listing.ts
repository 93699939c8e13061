/** All masters in one answer. */
import { type MasterState, nodeId } from '../core/model.ts';
import { live } from '../core/operations/outcome.ts';
import { type StateStore, Unreadable } from '../ports.ts';
import { describeMaster } from './master.ts';
import { printable } from './printable.ts';
import { type Rendered, type Representation, rendered } from './representation.ts';

/** One item that a newer version wrote must not hide all other masters. */
export type Listed =
  | { readonly kind: 'master'; readonly state: MasterState }
  | { readonly kind: 'unreadable'; readonly name: string; readonly detail: string };

/** Each master is read consistently, and all side by side; one removed meanwhile is left out. */
export async function readListing(store: StateStore): Promise<readonly Listed[]> {
  const names = await store.names();
  const entries = await Promise.all(names.map((name) => readEntry(store, name)));
  return entries.filter((entry) => entry !== undefined);
}

async function readEntry(store: StateStore, name: string): Promise<Listed | undefined> {
  try {
    const state = await store.readState(name);
    const found = live(state);
    return found && { kind: 'master', state: found };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { kind: 'unreadable', name, detail: printable(error.message) };
  }
}

/** As text, a line `name host:port` for each master that can be read. */
export function renderListing(listing: readonly Listed[], representation: Representation): Rendered {
  const body = representation === 'json' ? asJson(listing) : asText(listing);
  return rendered(body, representation);
}

function asJson(listing: readonly Listed[]): string {
  const masters = listing.map((entry) => {
    if (entry.kind === 'master') return describeMaster(entry.state);
    return { name: entry.name, status: 'unreadable', detail: entry.detail };
  });
  return `${JSON.stringify({ masters })}\n`;
}

function asText(listing: readonly Listed[]): string {
  return listing
    .flatMap((entry) => (entry.kind === 'master' ? [entry.state] : []))
    .map(({ name, master }) => `${name} ${nodeId(master.address)}\n`)
    .join('');
}
