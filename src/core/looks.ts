/** One probe of one node, as data. */

import type { NodeInfo } from './info.ts';
import type { Address, MonoMs } from './model.ts';

interface LookBase {
  readonly node: Address;
  /** When the probe was sent. */
  readonly sentAt: MonoMs;
  /** When its outcome was known. */
  readonly at: MonoMs;
}

export interface LateReply {
  readonly at: MonoMs;
  /** Since its probe was sent. */
  readonly afterMs: number;
}

interface NoAnswer extends LookBase {
  /** The last valid reply that came too late for its own look. */
  readonly heard?: LateReply;
}

export type NodeLook =
  /** A valid sign of life: PONG, LOADING, MASTERDOWN. `link` is the connection it came on. */
  | (LookBase & {
      readonly outcome: 'answered';
      readonly reply: 'pong' | 'loading' | 'masterdown';
      readonly info?: NodeInfo;
      readonly link: string;
      /** Where the connection ends: what a host name was resolved to. */
      readonly ip?: string;
    })
  /** BUSY, MISCONF, or a write probe that was refused for it: an answer, but no sign of life. */
  | (NoAnswer & { readonly outcome: 'busy'; readonly detail: string; readonly link: string })
  /** No reply yet. `since` is when the oldest probe still unanswered was sent. */
  | (NoAnswer & { readonly outcome: 'silent'; readonly since: MonoMs })
  /** The process is gone: refused, or closed on a fresh connection too. */
  | (NoAnswer & { readonly outcome: 'refused'; readonly detail: string })
  /** Up, and not to be used as configured: NOAUTH, WRONGPASS, NOPERM, a TLS refusal. */
  | (LookBase & { readonly outcome: 'misconfigured'; readonly detail: string });
