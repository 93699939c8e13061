/**
 * One connection to one node under a name of its own, so that a command can be sent on the connection on which a look
 * was answered and on no other (I10). Either a probe or a transaction is under way on it, never both.
 */
import type { MonoMs } from '../../core/model.ts';
import type { Clock, LinkId, LookRequest, NodeAccess } from '../../ports.ts';
import { opensAlike, PLAIN_ACCESS } from './access.ts';
import type { Target } from './connector.ts';
import { Dialogue } from './dialogue.ts';
import type { LinkFailure } from './failures.ts';
import type { Probe } from './probe.ts';
import type { Reply } from './replies.ts';
import type { Connect, Wire } from './wire.ts';

export interface LinkEvents {
  /** The node said something on this link, in answer to a probe. */
  readonly onReply: (link: Link) => void;
  /** The link failed, or is free again after a transaction. */
  readonly onChange: (link: Link) => void;
}

export interface LinkOptions extends LinkEvents {
  readonly id: LinkId;
  readonly target: Target;
  readonly access: NodeAccess;
  readonly clock: Clock;
  readonly connect: Connect;
}

export class Link {
  readonly id: LinkId;
  readonly openedAt: MonoMs;
  readonly #options: LinkOptions;
  readonly #wire: Wire;
  readonly #dialogue: Dialogue;
  #failure: LinkFailure | undefined;
  #ready = false;
  /** Whether a look was given the full INFO that is asked for first. */
  #introduced = false;
  #probe: Probe | undefined;
  #occupiedSince: MonoMs | undefined;
  #retired = false;

  constructor(options: LinkOptions) {
    this.id = options.id;
    this.openedAt = options.clock.now().mono;
    this.#options = options;
    this.#wire = options.connect(options.target, {
      onReady: () => this.#begin(),
      onEnd: (failure) => this.#fail(failure),
    });
    this.#dialogue = new Dialogue(this.#wire, options.access);
  }

  /** Why it is closed; undefined while it is open or opening. */
  get failure(): LinkFailure | undefined {
    return this.#failure;
  }

  get open(): boolean {
    return !this.#failure && this.#wire.open;
  }

  /** The node had taken it, whatever became of it. */
  get stood(): boolean {
    return this.#ready;
  }

  /** The address it ends at; undefined before it stands. */
  get ip(): string | undefined {
    return this.#wire.ip;
  }

  /** The newest probe on this link. */
  get probe(): Readonly<Probe> | undefined {
    return this.#probe;
  }

  get occupied(): boolean {
    return this.#occupiedSince !== undefined;
  }

  /** When the oldest exchange that still waits for its reply began. */
  get unansweredSince(): MonoMs | undefined {
    const probing = this.#probe && !this.#probe.verdict ? this.#probe.sentAt : undefined;
    return probing ?? this.#occupiedSince;
  }

  /** Whether a link opened now would come in the same way; and, where `ips` are known, to the same place. */
  fits(access: NodeAccess, ips: readonly string[] | undefined): boolean {
    if (!opensAlike(this.#options.access, access)) return false;
    const ends = this.ip === undefined ? this.#options.target.ips : [this.ip];
    return !ips || ends.some((ip) => ips.includes(ip));
  }

  /** Sends a probe, or as soon as the connection stands; does nothing while one is in flight or the link is taken. */
  sendProbe({ info, writeProbe = false, access = PLAIN_ACCESS }: LookRequest): void {
    if (this.#failure || this.unansweredSince !== undefined) return;
    this.#dialogue.renamedCommands = access.renamedCommands;
    // What answers on a new connection may be a new process: its run id is seen at once.
    this.#probe = { info: this.#introduced ? info : 'all', writes: writeProbe, sentAt: this.#now() };
    if (this.#ready) this.#transmit(this.#probe);
  }

  /** A look was given what the node said here of itself in full: one that came too late for its look would be lost. */
  introduce(): void {
    this.#introduced = true;
  }

  /** Writes the commands in one go, in the node's own words. Replies come in order; the promises never reject. */
  send(commands: readonly (readonly string[])[]): Promise<Reply>[] {
    return this.#dialogue.send(commands);
  }

  /** Takes the link for a transaction: no probe is sent on it until {@link release}. */
  occupy(): void {
    this.#occupiedSince = this.#now();
  }

  release(): void {
    this.#occupiedSince = undefined;
    if (this.#retired) this.reset('replaced by another connection');
    else this.#options.onChange(this);
  }

  /** No longer wanted for looks: closed now, or when the transaction on it is over. */
  retire(reason: string): void {
    this.#retired = true;
    if (!this.occupied) this.reset(reason);
  }

  /** Closes at once: nothing more is sent on it, and no reply is read from it. */
  reset(reason: string): void {
    this.#fail({ kind: 'given up', detail: reason });
    this.#wire.reset();
  }

  #begin(): void {
    if (this.#failure) return;
    this.#ready = true;
    if (!this.#probe) return;
    this.#probe.sentAt = this.#now();
    this.#transmit(this.#probe);
  }

  async #transmit(probe: Probe): Promise<void> {
    const verdict = await this.#dialogue.ask(probe);
    if (!verdict) return; // the connection ended, and says so itself
    probe.verdict = verdict;
    probe.at = this.#now();
    this.#options.onReply(this);
  }

  #fail(failure: LinkFailure): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.#options.onChange(this);
  }

  #now(): MonoMs {
    return this.#options.clock.now().mono;
  }
}
