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
/** Below the time between two looks: INFO with each. */
const HASTY_INFO_MS = 500;
/** For so long a lost connection is a reason to read the table ten times a second. */
const LOST_MS = 60_000;
const REVEALED_MS = 60_000;
/** A node that is gone refuses at once; one that hangs is not waited for. */
const PATIENCE_MS = 50;

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
  /** Looks at masters that are under way, shared by all who ask meanwhile. */
  readonly #underWay = new Map<NodeId, Promise<void>>();
  readonly #revealed = new Map<string, { readonly password: string | undefined; readonly at: number }>();
  #nap = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: OwnLooksOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async end(): Promise<void> {
    this.#ended.abort();
    this.hurry();
    this.#options.nodes.close();
    await this.#loop;
  }

  /** Looks now: what was found before a switch is no longer so. */
  hurry(): void {
    this.#nap.abort();
  }

  /**
   * A client that has just lost its master asks at once. Told that all is well, some would wait for ever for a connection
   * to it: so the master is looked at before it is answered.
   */
  async lookAgain(known: Known): Promise<void> {
    const { clock } = this.#options;
    const node = known.state.master.address;
    const look = this.#shared({ node, known, isMaster: true });
    const waiting = new AbortController();
    await Promise.race([look, clock.sleep(PATIENCE_MS, waiting.signal)]);
    waiting.abort();
  }

  /** The look at this master that is under way, or a new one. Never rejects. */
  #shared(target: Target): Promise<void> {
    const id = nodeId(target.node);
    const underWay = this.#underWay.get(id);
    if (underWay) return underWay;
    const look = this.#look(target)
      .catch((error: Error) => {
        this.#options.telemetry.log('error', `looking at ${id} failed: ${error.message}`);
      })
      .finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, look);
    return look;
  }

  /** Whether the connection to the master failed, and not too long ago. */
  lost({ state }: Known): boolean {
    const at = this.#lostAt.get(nodeId(state.master.address));
    return at !== undefined && this.#options.clock.now().mono - at < LOST_MS;
  }

  async #run(): Promise<void> {
    const { clock, settings, telemetry } = this.#options;
    while (!this.#ended.signal.aborted) {
      this.#nap = new AbortController();
      try {
        await this.#round();
      } catch (error) {
        telemetry.log('error', `looking at the nodes failed: ${(error as Error).message}`);
      }
      await clock.sleep(Math.min(settings.pingPeriodMs, settings.infoPeriodMs), this.#nap.signal);
    }
  }

  /** The masters each time, and every node when its INFO is old. */
  async #round(): Promise<void> {
    const targets = this.#options.known().flatMap(targetsOf);
    const ids = new Set(targets.map(({ node }) => nodeId(node)));
    for (const id of this.looks.keys()) if (!ids.has(id)) this.looks.delete(id);
    for (const id of this.#lostAt.keys()) if (!ids.has(id)) this.#lostAt.delete(id);
    this.#options.nodes.keepOnly(targets.map(({ node }) => node));
    await Promise.all(targets.map((target) => (target.isMaster ? this.#shared(target) : this.#look(target))));
  }

  async #look({ node, known, isMaster }: Target): Promise<void> {
    const { nodes, clock, settings } = this.#options;
    const id = nodeId(node);
    const before = this.looks.get(id);
    const everyMs = isSettled(before, known, isMaster) ? settings.infoPeriodMs : HASTY_INFO_MS;
    const due = before?.infoAt === undefined || clock.now().mono - before.infoAt >= everyMs;
    if (!due && !isMaster) return;
    const access = await this.#access(known);
    const timeoutMs = Math.min(LOOK_MS_MAX, known.state.directives.downAfterMs);
    const look = await nodes.look({ node, info: due ? 'all' : 'replication', access, timeoutMs });
    if (this.#ended.signal.aborted) return;
    this.looks.set(id, after(before, look, due, known));
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

/** As in Sentinel, INFO is asked every second while a failover is open, and until roles and links are as they should be. */
function isSettled(before: OwnLook | undefined, known: Known, isMaster: boolean): boolean {
  const epoch = calmEpoch(known);
  if (epoch === undefined || before?.fullEpoch !== epoch) return false;
  const { role, upstream } = before.full?.info ?? {};
  return isMaster ? role === 'master' : upstream?.linkUp === true;
}

function calmEpoch({ state }: Known): number | undefined {
  return state.failover || state.outage ? undefined : state.configEpoch;
}

function after(before: OwnLook | undefined, look: NodeLook, full: boolean, known: Known): OwnLook {
  if (look.outcome !== 'answered') return { ...before, last: look };
  return {
    ...before,
    last: look,
    answered: look,
    answeredAt: look.at,
    ...(full && look.info && { full: look, infoAt: look.at, fullEpoch: calmEpoch(known) }),
  };
}
