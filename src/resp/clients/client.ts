/** One connected client: who it is, what it hears, how it is answered. */
import type { Address, Instant } from '../../core/model.ts';
import { nodeId } from '../../core/model.ts';
import { type Subscriber, subscriptions } from '../feed/channels.ts';
import type { ProtocolVersion } from '../protocol/encode.ts';
import type { Reply } from '../protocol/reply.ts';

export interface ClientOptions {
  readonly id: number;
  readonly from: Address;
  readonly to: Address;
  readonly fd: number;
  readonly now: Instant;
  /** Undefined: it has to say who it is first. */
  readonly user: string | undefined;
  readonly send: (reply: Reply) => void;
  /** @param after - what was written is sent first */
  readonly close: (after: boolean) => void;
  readonly unsent: () => { readonly input: number; readonly output: number };
}

export class Client implements Subscriber {
  readonly id: number;
  readonly from: Address;
  readonly to: Address;
  readonly fd: number;
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  readonly connectedAt: Instant;
  readonly close: ClientOptions['close'];
  readonly #send: ClientOptions['send'];
  readonly #unsent: ClientOptions['unsent'];
  user: string | undefined;
  version: ProtocolVersion = 2;
  name = '';
  libName = '';
  libVersion = '';
  /** `skip`: the next command's reply, `skipping`: this one's. */
  replies: 'on' | 'off' | 'skip' | 'skipping' = 'on';
  evictable = true;
  touches = true;
  lastAt: Instant;
  lastCommand = 'NULL';

  constructor({ id, from, to, fd, now, user, send, close, unsent }: ClientOptions) {
    [this.id, this.from, this.to, this.fd, this.user] = [id, from, to, fd, user];
    [this.connectedAt, this.lastAt] = [now, now];
    [this.#send, this.close, this.#unsent] = [send, close, unsent];
  }

  /** In RESP2 a subscriber may do little else. */
  get subscribed(): boolean {
    return subscriptions(this) > 0;
  }

  /** What it did not ask for. */
  tell(reply: Reply): void {
    this.#send(reply);
  }

  /** The answer to its command, unless it wants none. */
  answer(reply: Reply): void {
    if (this.replies === 'on') this.#send(reply);
    else if (this.replies === 'skip') this.replies = 'skipping';
    else if (this.replies === 'skipping') this.replies = 'on';
  }

  /** One line of CLIENT LIST. */
  describe(now: Instant): string {
    const seconds = (since: Instant) => Math.max(0, Math.floor((now.mono - since.mono) / 1000));
    const { input, output } = this.#unsent();
    const flags =
      `${this.subscribed ? 'P' : ''}${this.evictable ? '' : 'e'}${this.touches ? '' : 'T'}` || 'N';
    const fields: readonly (readonly [string, string | number])[] = [
      ...([
        ['id', this.id],
        ['addr', nodeId(this.from)],
        ['laddr', nodeId(this.to)],
        ['fd', this.fd],
      ] as const),
      ...([
        ['name', this.name],
        ['age', seconds(this.connectedAt)],
        ['idle', seconds(this.lastAt)],
      ] as const),
      ...([
        ['flags', flags],
        ['db', 0],
        ['sub', this.channels.size],
        ['psub', this.patterns.size],
      ] as const),
      ...([
        ['ssub', 0],
        ['multi', -1],
        ['qbuf', input],
        ['qbuf-free', 0],
        ['argv-mem', 0],
      ] as const),
      ...([
        ['multi-mem', 0],
        ['rbs', 0],
        ['rbp', 0],
        ['obl', 0],
        ['oll', 0],
        ['omem', output],
      ] as const),
      ...([
        ['tot-mem', input + output],
        ['events', output > 0 ? 'rw' : 'r'],
        ['cmd', this.lastCommand],
      ] as const),
      ...([
        ['user', this.user ?? '(none)'],
        ['redir', -1],
        ['resp', this.version],
      ] as const),
      ...([
        ['lib-name', this.libName],
        ['lib-ver', this.libVersion],
      ] as const),
    ];
    return fields.map(([name, value]) => `${name}=${value}`).join(' ');
  }
}
