/** What the replies to a probe say about the node, as Redis Sentinel takes them. */
import { printable } from '../../core/info.ts';

/** The fate of one command: its value, the node's error reply, or no reply. Messages hold no control characters. */
export type Reply =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'lost'; readonly reason: string };

export type Verdict =
  | {
      readonly kind: 'answered';
      readonly reply: 'pong' | 'loading' | 'masterdown';
      readonly infoText: string | undefined;
    }
  | { readonly kind: 'busy'; readonly detail: string }
  | { readonly kind: 'misconfigured'; readonly detail: string };

/**
 * An error reply that no later reply can change: wrong credentials, NOPERM, too many clients. The node is up and
 * not to be used as configured.
 */
export function refusalIn(reply: Reply | undefined): Verdict | undefined {
  if (reply?.kind !== 'error' || STATE_OF_NODE.test(reply.message)) return undefined;
  return { kind: 'misconfigured', detail: reply.message };
}

/** @returns undefined when the connection ended before every reply came. */
export function readReplies(ping: Reply, info: Reply, write?: Reply): Verdict | undefined {
  if (ping.kind === 'lost' || info.kind === 'lost' || write?.kind === 'lost') return undefined;
  const refusal = refusalIn(ping) ?? refusalIn(info) ?? refusalIn(tolerated(write));
  if (refusal) return refusal;
  // A master whose snapshots fail answers PING with MISCONF and takes no writes: like BUSY it is no sign of life.
  const busy =
    [ping, write].find((reply) => reply?.kind === 'error' && /^MISCONF /.test(reply.message)) ?? ping;
  const infoText = info.kind === 'value' && typeof info.value === 'string' ? info.value : undefined;
  if (busy.kind === 'value') {
    if (busy.value === 'PONG') return { kind: 'answered', reply: 'pong', infoText };
    return { kind: 'busy', detail: `PING is answered by ${told(busy.value)}` };
  }
  if (busy.message.startsWith('LOADING')) return { kind: 'answered', reply: 'loading', infoText };
  if (busy.message.startsWith('MASTERDOWN')) return { kind: 'answered', reply: 'masterdown', infoText };
  return { kind: 'busy', detail: busy.message };
}

/** Whether AUTH refuses the password, so that another may do; `invalid password` is how Redis 5 says it. */
export function isWrongPassword(reply: Reply): boolean {
  return reply.kind === 'error' && /^WRONGPASS |invalid password/i.test(reply.message);
}

/** A reply where another was expected, fit for a log. */
export function told(value: unknown): string {
  return printable(String(value));
}

const STATE_OF_NODE = /^(LOADING|MASTERDOWN|BUSY|MISCONF) /;

/** A node that takes no writes for its role, its replicas or its memory is as it should be. */
function tolerated(write: Reply | undefined): Reply | undefined {
  return write?.kind === 'error' && /^(READONLY|NOREPLICAS|OOM) /.test(write.message) ? undefined : write;
}
