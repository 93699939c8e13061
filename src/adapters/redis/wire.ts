/** One connection as a link uses it: never reconnects, never resends, queues nothing. */
import type { Target } from './connector.ts';
import type { LinkFailure } from './failures.ts';
import type { Reply } from './replies.ts';

export interface WireEvents {
  /** It stands. Nothing has been sent yet, not even AUTH. */
  readonly onReady: () => void;
  /** It ended, or never stood. Told once. */
  readonly onEnd: (failure: LinkFailure) => void;
}

export interface Wire {
  /** Whether a command given to {@link send} now would leave. */
  readonly open: boolean;
  /** Where it ends; undefined before it stands. */
  readonly ip: string | undefined;
  /** Writes the commands in one go. Their replies come in order; the promises never reject. */
  send(commands: readonly (readonly string[])[]): Promise<Reply>[];
  /** Closes at once, with RST: what the kernel has not sent yet is not sent any more. */
  reset(): void;
}

/** Tells nothing before it has returned. */
export type Connect = (target: Target, events: WireEvents) => Wire;
