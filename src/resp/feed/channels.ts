/** Who hears what: subscriptions by channel and by pattern. */
import { globMatches } from '../../core/operations/glob.ts';
import { bulk, push, type Reply } from '../protocol/reply.ts';

export interface Subscriber {
  /** Both bounded by {@link SUBSCRIPTIONS_MAX} together. */
  readonly channels: Set<string>;
  readonly patterns: Set<string>;
  tell(reply: Reply): void;
}

export const SUBSCRIPTIONS_MAX = 1024;

export type SubscriptionKind = 'channels' | 'patterns';

export class Channels {
  readonly #channels = new Map<string, Set<Subscriber>>();
  readonly #patterns = new Map<string, Set<Subscriber>>();

  /** @returns how many subscriptions it then has, of both kinds */
  add(subscriber: Subscriber, kind: SubscriptionKind, name: string): number {
    const all = this.#of(kind);
    const own = subscriber[kind];
    if (!own.has(name)) {
      own.add(name);
      const others = all.get(name);
      if (others) others.add(subscriber);
      else all.set(name, new Set([subscriber]));
    }
    return subscriptions(subscriber);
  }

  remove(subscriber: Subscriber, kind: SubscriptionKind, name: string): number {
    if (subscriber[kind].delete(name)) {
      const others = this.#of(kind).get(name);
      others?.delete(subscriber);
      if (others?.size === 0) this.#of(kind).delete(name);
    }
    return subscriptions(subscriber);
  }

  removeAll(subscriber: Subscriber): void {
    for (const name of [...subscriber.channels]) this.remove(subscriber, 'channels', name);
    for (const name of [...subscriber.patterns]) this.remove(subscriber, 'patterns', name);
  }

  get counts(): { readonly channels: number; readonly patterns: number } {
    return { channels: this.#channels.size, patterns: this.#patterns.size };
  }

  /** @returns how many were told, one that hears it twice counted twice */
  publish(channel: string, payload: string): number {
    let told = 0;
    const tell = (subscribers: ReadonlySet<Subscriber> | undefined, words: readonly string[]) => {
      if (!subscribers || subscribers.size === 0) return;
      const reply = push(words.map(bulk));
      for (const subscriber of [...subscribers]) subscriber.tell(reply);
      told += subscribers.size;
    };
    tell(this.#channels.get(channel), ['message', channel, payload]);
    for (const [pattern, subscribers] of [...this.#patterns]) {
      if (globMatches(pattern, channel)) tell(subscribers, ['pmessage', pattern, channel, payload]);
    }
    return told;
  }

  #of(kind: SubscriptionKind): Map<string, Set<Subscriber>> {
    return kind === 'channels' ? this.#channels : this.#patterns;
  }
}

export function subscriptions({ channels, patterns }: Pick<Subscriber, SubscriptionKind>): number {
  return channels.size + patterns.size;
}
