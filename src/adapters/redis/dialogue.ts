/** What is said on one connection: who comes in, in the node's own words, and what its replies to a probe mean. */
import type { NodeAccess } from '../../ports.ts';
import { authentication, renamed } from './access.ts';
import { type Probe, wordsOf } from './probe.ts';
import { isWrongPassword, type Reply, readReplies, refusalIn, type Verdict } from './replies.ts';
import type { Wire } from './wire.ts';

export class Dialogue {
  /** Of the look that is under way: how a node calls its commands may be corrected while the connection stands. */
  renamedCommands: NodeAccess['renamedCommands'];
  readonly #access: NodeAccess;
  readonly #wire: Wire;
  #greeted = false;

  constructor(wire: Wire, access: NodeAccess) {
    this.#wire = wire;
    this.#access = access;
    this.renamedCommands = access.renamedCommands;
  }

  /** Writes the commands in one go. Replies come in order; the promises never reject. */
  send(commands: readonly (readonly string[])[]): Promise<Reply>[] {
    return this.#wire.send(commands.map((command) => renamed(command, this.renamedCommands)));
  }

  /** @returns undefined when the connection ended before the node had answered. */
  ask(probe: Probe): Promise<Verdict | undefined> {
    if (this.#greeted) return verdictOf(this.send(wordsOf(probe)));
    const { passwords } = this.#access;
    // the first once more: a node may be given it while the one before is tried
    return this.#greet(probe, passwords.length > 1 ? [...passwords, ...passwords.slice(0, 1)] : passwords);
  }

  /** AUTH goes out in one write with the probe: ioredis would hide some of its errors, and wait a round trip for it. */
  async #greet(probe: Probe, [password, ...others]: readonly string[]): Promise<Verdict | undefined> {
    const words = wordsOf(probe);
    const auth = password === undefined ? [] : [authentication(this.#access, password)];
    const replies = this.send([...auth, ...words, SET_NAME]);
    const entered = await replies[auth.length - 1];
    if (entered && isWrongPassword(entered) && others.length > 0) return this.#greet(probe, others);
    // Any other error is the node's word on the probe as well, and AUTH is due again.
    if (entered?.kind === 'error') return readReplies(entered, entered);
    if (entered?.kind !== 'lost') this.#greeted = true;
    return verdictOf(replies.slice(auth.length, auth.length + words.length));
  }
}

/** The name only helps who reads CLIENT LIST: a node that refuses it is used all the same. */
const SET_NAME = ['CLIENT', 'SETNAME', 'lambda-sentinel'];

async function verdictOf([ping, info, write]: Promise<Reply>[]): Promise<Verdict | undefined> {
  if (!ping || !info) return undefined;
  const pinged = await ping;
  return refusalIn(pinged) ?? readReplies(pinged, await info, await write);
}
