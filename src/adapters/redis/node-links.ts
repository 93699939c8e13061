/**
 * The connections to one node: the kept one and, while it is silent, a fresh one alongside. A look is made here, over a
 * connection that ends where the node is now and was opened as it is to be come in to now; any other is replaced.
 */
import type { LateReply, NodeLook } from '../../core/looks.ts';
import type { Address, MonoMs } from '../../core/model.ts';
import type { LookRequest, LoopClock, NodeAccess } from '../../ports.ts';
import { PLAIN_ACCESS } from './access.ts';
import type { Link, LinkEvents } from './link.ts';
import { LinkPair } from './link-pair.ts';
import type { Place, Reachable } from './places.ts';
import { lookOf, type Probe, satisfies } from './probe.ts';

export interface NodeLinksOptions {
  readonly node: Address;
  readonly clock: LoopClock;
  /** Where the node is reached now; its answer may take until `timeoutMs` have passed. */
  readonly find: (timeoutMs: number) => Place | Promise<Place>;
  readonly open: (place: Reachable, access: NodeAccess, events: LinkEvents) => Link;
}

/** A reason of its own: the default one is an error, and its stack is worked out at every look. */
const OVER = 'no longer waited for';
/** A look that is over its time by so much stood still, and its process with it. */
const STOOD_STILL_MS = 250;
/** Without a look for so long, what was silent before may have come and gone since. */
const FORGOTTEN_AFTER_MS = 3000;

export class NodeLinks {
  readonly #options: NodeLinksOptions;
  readonly #waiting = new Set<() => void>();
  readonly #pair = new LinkPair();
  /**
   * When the oldest probe was sent since which the node said nothing. It outlives its connection: closing one says
   * nothing of the node, and a path that refuses some looks and swallows others would else never be S_DOWN.
   */
  #silentSince: MonoMs | undefined;
  #heard: LateReply | undefined;
  /** When the last look was over. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #dismissed = false;
  /** In this look the node took a fresh connection, and closed it unanswered. */
  #shutOut = false;

  constructor(options: NodeLinksOptions) {
    this.#options = options;
  }

  async look(request: LookRequest): Promise<NodeLook> {
    const began = this.#now();
    const { access = PLAIN_ACCESS, timeoutMs } = request;
    // A kept connection needs part of the time for itself: it is all there is when no name is resolved any more.
    const found = this.#options.find(this.#pair.kept ? timeoutMs / 2 : timeoutMs);
    const place = found instanceof Promise ? await found : found;
    this.#dropUnfit(place, access);
    if (place.kind === 'outside') {
      return { ...this.#since(began), outcome: 'misconfigured', detail: place.detail };
    }
    const open =
      place.kind === 'reachable' ? () => this.#options.open(place, access, this.#events) : undefined;
    const look = await this.#lookOver(open, request, began);
    this.#lookedAt = look.at;
    return look;
  }

  /** @param open - makes a fresh connection; undefined while nobody knows where to. */
  async #lookOver(open: (() => Link) | undefined, request: LookRequest, start: MonoMs): Promise<NodeLook> {
    const { timeoutMs } = request;
    let began = start;
    let deadline = began + timeoutMs;
    this.#shutOut = false;
    if (this.#pair.kept?.unansweredSince !== undefined) await this.#options.clock.turn(); // what came meanwhile is read first
    this.#forgetSilence(began);
    for (let overdue = false; ; ) {
      const told = this.#answer(request, began) ?? this.#failed(began);
      if (told) return told;
      if (this.#dismissed) return this.#silent(began);
      if (!this.#pair.kept && open) {
        began = this.#now(); // whatever took its time until here, the node had no part in it
        // its connection was closed while this process stood still, and nobody knows what the node said before
        if (began - deadline > STOOD_STILL_MS) this.#silentSince = undefined;
        this.#pair.add(open());
      }
      if (!this.#pair.kept) return this.#silent(began);
      for (const link of this.#pair.all) link.sendProbe(request);
      // a stall of this process before its probe leaves takes nothing of the node's time
      deadline = Math.max(began, this.#pair.kept.probe?.sentAt ?? began) + timeoutMs;
      const now = this.#now();
      const freshAt = open ? this.#pair.freshAttemptAt(timeoutMs) : Number.POSITIVE_INFINITY;
      if (now < deadline && open && now >= freshAt) this.#pair.add(open());
      else if (now < deadline) {
        overdue = false;
        await this.#change(Math.min(deadline, freshAt) - now);
      } else if (overdue) return this.#silent(began);
      else {
        // After a thaw timers fire before sockets are read: one turn of the loop reads what has arrived.
        overdue = true;
        await this.#options.clock.turn();
      }
    }
  }

  /** Closes the connections; a look under way ends. */
  dismiss(): void {
    this.#dismissed = true;
    for (const link of this.#pair.all) link.retire('the node is no longer looked at');
    this.#wake();
  }

  /** A transaction on a connection that is replaced ends on it. */
  #dropUnfit(place: Place, access: NodeAccess): void {
    const ips = place.kind === 'reachable' ? place.ips : undefined;
    for (const link of this.#pair.all) {
      const astray = place.kind === 'outside' || place.kind === 'nowhere';
      if (astray || !link.fits(access, ips))
        this.#pair.drop(link, 'the node is reached elsewhere, or otherwise');
    }
  }

  #answer(request: LookRequest, began: MonoMs): NodeLook | undefined {
    for (const link of this.#pair.all) {
      const probe = link.probe;
      if (!probe?.verdict || !satisfies(probe, request, began)) continue;
      const look = lookOf(this.#options.node, link, probe);
      if (look.outcome === 'answered' && look.info) link.introduce();
      // Kept, it would stay unauthenticated when the credentials are right again.
      if (look.outcome === 'misconfigured') this.#pair.drop(link, 'misconfigured');
      return look.outcome === 'busy' ? { ...look, ...this.#late } : look;
    }
    return undefined;
  }

  /**
   * A connection older than this look may fail: a fresh one is tried, and one more if the node closed that. A fresh one
   * that failed is the outcome.
   */
  #failed(began: MonoMs): NodeLook | undefined {
    for (const link of this.#pair.all) {
      if (!link.failure) continue;
      this.#pair.drop(link, link.failure.detail);
      const { kind, detail } = link.failure;
      if (kind === 'given up' || link.openedAt < began) continue;
      if (link.stood && !this.#pair.kept && !this.#shutOut) {
        this.#shutOut = true; // as by CLIENT KILL, which shuts out whoever is there: a process that lives takes another
        continue;
      }
      if (kind === 'unreachable') {
        if (this.#pair.kept) continue; // that one still waits for its answer
        this.#silentSince ??= link.openedAt;
        return this.#silent(began);
      }
      if (this.#pair.kept) this.#pair.drop(this.#pair.kept, 'a fresh connection failed');
      return { ...this.#since(began), outcome: kind, detail, ...this.#late };
    }
    return undefined;
  }

  /**
   * Where nobody looked for long, an old silence is one only as long as its very probe is unanswered. One that waited for
   * its connection has only just been sent, when that came to stand meanwhile.
   */
  #forgetSilence(began: MonoMs): void {
    const waiting = this.#pair.all.some(
      (link) => !link.failure && (link.unansweredSince ?? began) <= this.#lookedAt,
    );
    if (!waiting && began - this.#lookedAt > FORGOTTEN_AFTER_MS) this.#silentSince = undefined;
  }

  #silent(began: MonoMs): NodeLook {
    // not from when the look began: finding the node may have taken its time, and a stall of this process any time
    const unanswered = this.#pair.all.map((link) => link.unansweredSince ?? began);
    const oldest = unanswered.length > 0 ? Math.min(...unanswered) : began;
    this.#silentSince ??= oldest;
    return {
      ...this.#since(Math.max(began, oldest)),
      outcome: 'silent',
      since: this.#silentSince,
      ...this.#late,
    };
  }

  /** Its own look may have missed it. */
  get #late() {
    return this.#heard && { heard: this.#heard };
  }

  #since(began: MonoMs): Pick<NodeLook, 'node' | 'sentAt' | 'at'> {
    return { node: this.#options.node, sentAt: began, at: this.#now() };
  }

  readonly #events: LinkEvents = {
    onReply: (link: Link) => {
      this.#silentSince = undefined;
      this.#heard = validReply(link.probe) ?? this.#heard;
      this.#pair.keep(link);
      this.#wake();
    },
    onChange: () => this.#wake(),
  };

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when a link has news, or after `ms`. */
  async #change(ms: number): Promise<void> {
    const timer = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    await Promise.race([promise, this.#options.clock.sleep(ms, timer.signal)]);
    this.#waiting.delete(resolve);
    timer.abort(OVER);
  }

  #now(): MonoMs {
    return this.#options.clock.now().mono;
  }
}

function validReply(probe: Readonly<Probe> | undefined): LateReply | undefined {
  if (probe?.verdict?.kind !== 'answered' || probe.at === undefined) return undefined;
  return { at: probe.at, afterMs: probe.at - probe.sentAt };
}
