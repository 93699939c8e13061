/** How this process comes in at a master's nodes: the references of its directives, turned into secrets. */
import type { Directives, MonoMs } from '../core/model.ts';
import { type NodeAccess, Unavailable, Unreadable } from '../ports.ts';
import type { Ports, Watch } from './watch.ts';

/** What a reference leads to is asked for again after this long, so that a rotation is taken up. */
const ASKED_AGAIN_MS = 60_000;

export interface KnownAccess {
  readonly directives: Directives;
  readonly access: NodeAccess;
  readonly askedAt: MonoMs;
}

/** Never throws: what cannot be revealed leaves the last answer standing, and the nodes then say that it is wrong. */
export async function accessOf(watch: Watch, directives: Directives, ports: Ports): Promise<NodeAccess> {
  const { known } = watch;
  const now = ports.clock.now().mono;
  if (known && sameAccess(known.directives, directives) && now - known.askedAt < ASKED_AGAIN_MS) {
    return known.access;
  }
  const { authUser, authPass, authPassBefore, tls, renamedCommands } = directives;
  const before = known?.directives.authPass === authPass ? known?.access.passwords : undefined;
  const references = [authPass, authPassBefore].filter((reference) => reference !== undefined);
  const revealed = await Promise.all(references.map((reference) => reveal(watch, reference, ports)));
  const passwords = revealed.filter((password) => password !== undefined);
  const access: NodeAccess = {
    ...(authUser !== undefined && { username: authUser }),
    passwords: passwords.length > 0 ? passwords : (before ?? []),
    tls,
    renamedCommands,
  };
  watch.known = { directives, access, askedAt: now };
  return access;
}

async function reveal(watch: Watch, reference: string, ports: Ports): Promise<string | undefined> {
  try {
    return await ports.secrets.reveal(reference);
  } catch (error) {
    if (!(error instanceof Unavailable || error instanceof Unreadable)) throw error;
    ports.telemetry.log('error', `the password ${reference} is not to be had: ${error.message}`, {
      master: watch.name,
    });
    return undefined;
  }
}

function sameAccess(a: Directives, b: Directives): boolean {
  return (
    a === b ||
    (a.authUser === b.authUser &&
      a.authPass === b.authPass &&
      a.authPassBefore === b.authPassBefore &&
      a.tls === b.tls &&
      JSON.stringify(a.renamedCommands) === JSON.stringify(b.renamedCommands))
  );
}
