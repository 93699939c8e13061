/** The gateway's own connections to the nodes: they tell what the table does not, and notice that a master is gone. */
import type { NodeLook } from '../../core/looks.ts';
import { type Address, type NodeId, nodeId } from '../../core/model.ts';
import type { Clock, NodeAccess, RedisNodes, Secrets, Telemetry } from '../../ports.ts';
import type { Settings } from '../settings.ts';
import type { Known, OwnLook } from './known.ts';

export interface OwnLooksOptions {
  readonly nodes: RedisNodes;
  readonly secrets: Pick<Secrets, 'reveal'> | undefined;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly settings: Settings;
  readonly known: () => readonly Known[];
  /** A master that answered does no more. */
  readonly onLost: (master: string) => void;
}

const LOOK_MS_MAX = 1000;
/** For so long a lost connection is a reason to read the table ten times a second. */
const LOST_MS = 60_000;
const REVEALED_MS = 60_000;

interface Target {
  readonly node: Address;
  readonly known: Known;
  readonly isMaster: boolean;
}

export class OwnLooks {
  readonly looks = new Map<NodeId, OwnLook>();
  readonly #options: OwnLooksOptions;
  readonly #ended = new AbortController();
  readonly #lostAt = new Map<NodeId, number>();
  readonly #revealed = new Map<string, { readonly password: string | undefined; readonly at: number }>();
  #loop: Promise<void> | undefined;

  constructor(options: OwnLooksOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async end(): Promise<void> {
    this.#ended.abort();
    this.#options.nodes.close();
    await this.#loop;
  }

  /** Whether the connection to the master failed, and not too long ago. */
  lost({ state }: Known): boolean {
    const at = this.#lostAt.get(nodeId(state.master.address));
    return at !== undefined && this.#options.clock.now().mono - at < LOST_MS;
  }

  async #run(): Promise<void> {
    const { clock, settings, telemetry } = this.#options;
    while (!this.#ended.signal.aborted) {
      try {
        await this.#round();
      } catch (error) {
        telemetry.log('error', `looking at the nodes failed: ${(error as Error).message}`);
      }
      await clock.sleep(Math.min(settings.pingPeriodMs, settings.infoPeriodMs), this.#ended.signal);
    }
  }

  /** The masters each time, and every node when its INFO is old. */
  async #round(): Promise<void> {
    const targets = this.#options.known().flatMap(targetsOf);
    const ids = new Set(targets.map(({ node }) => nodeId(node)));
    for (const id of this.looks.keys()) if (!ids.has(id)) this.looks.delete(id);
    for (const id of this.#lostAt.keys()) if (!ids.has(id)) this.#lostAt.delete(id);
    this.#options.nodes.keepOnly(targets.map(({ node }) => node));
    await Promise.all(targets.map((target) => this.#look(target)));
  }

  async #look({ node, known, isMaster }: Target): Promise<void> {
    const { nodes, clock, settings } = this.#options;
    const id = nodeId(node);
    const before = this.looks.get(id);
    const due = before?.infoAt === undefined || clock.now().mono - before.infoAt >= settings.infoPeriodMs;
    if (!due && !isMaster) return;
    const access = await this.#access(known);
    const timeoutMs = Math.min(LOOK_MS_MAX, known.state.directives.downAfterMs);
    const look = await nodes.look({ node, info: due ? 'all' : 'replication', access, timeoutMs });
    if (this.#ended.signal.aborted) return;
    this.looks.set(id, after(before, look, due));
    if (!isMaster) return;
    if (look.outcome !== 'refused' && look.outcome !== 'silent') this.#lostAt.delete(id);
    else if (!this.#lostAt.has(id) && before?.answeredAt !== undefined) {
      this.#lostAt.set(id, clock.now().mono);
      this.#options.onLost(known.state.name);
    }
  }

  async #access({ state }: Known): Promise<NodeAccess> {
    const { authUser, authPass, authPassBefore, tls, renamedCommands } = state.directives;
    const references = [authPass, authPassBefore].filter((reference) => reference !== undefined);
    const revealed = await Promise.all(references.map((reference) => this.#reveal(reference)));
    return {
      ...(authUser !== undefined && { username: authUser }),
      passwords: revealed.filter((password) => password !== undefined),
      tls,
      renamedCommands,
    };
  }

  /** A password that is not to be had is told by the nodes, which then refuse. */
  async #reveal(reference: string): Promise<string | undefined> {
    const { secrets, clock, telemetry } = this.#options;
    const now = clock.now().mono;
    const known = this.#revealed.get(reference);
    if (!secrets || (known && now - known.at < REVEALED_MS)) return known?.password;
    try {
      this.#revealed.set(reference, { password: await secrets.reveal(reference), at: now });
    } catch (error) {
      telemetry.log('warn', `the password ${reference} is not to be had: ${(error as Error).message}`);
      this.#revealed.set(reference, { password: known?.password, at: now });
    }
    return this.#revealed.get(reference)?.password;
  }
}

function targetsOf(known: Known): Target[] {
  const { master, replicas } = known.state;
  const others = Object.values(replicas).filter(({ stranger }) => stranger === undefined);
  return [
    { node: master.address, known, isMaster: true },
    ...others.map(({ address }) => ({ node: address, known, isMaster: false })),
  ];
}

function after(before: OwnLook | undefined, look: NodeLook, full: boolean): OwnLook {
  if (look.outcome !== 'answered') return { ...before, last: look };
  return {
    ...before,
    last: look,
    answered: look,
    answeredAt: look.at,
    ...(full && look.info && { full: look, infoAt: look.at }),
  };
}
