/** Sends a decided command behind its fence (I4, I10): EXEC leaves only while the right to send it lasts. */
import { type CommandReply, judgeReplies, type NodeCommand, transactionOf } from '../core/commands.ts';
import type { MonoMs } from '../core/model.ts';
import type { Ports } from './watch.ts';

const TRANSACTION_MS_MAX = 1000;

/** @param fence - when the right to send ends: half a lease after the last write, or a second after the read */
export async function enact(
  command: NodeCommand,
  { nodes, clock }: Pick<Ports, 'nodes' | 'clock'>,
  fence: MonoMs,
): Promise<CommandReply> {
  const sentAt = clock.now().mono;
  const validUntil = command.kind === 'hand over' ? Math.min(fence, command.notAfter) : fence;
  const outcome = await nodes.transact({
    link: command.link,
    commands: transactionOf(command),
    plain: command.kind === 'kill script',
    timeoutMs: Math.max(1, Math.min(TRANSACTION_MS_MAX, validUntil - sentAt)),
    objection: () => (clock.now().mono < validUntil ? undefined : 'the right to send it has run out'),
  });
  switch (outcome.kind) {
    case 'executed':
      return { command, sentAt, at: outcome.at, ...judgeReplies(command, outcome.replies) };
    case 'abandoned':
    case 'unknown':
      return { command, sentAt, at: clock.now().mono, outcome: outcome.kind, detail: outcome.reason };
  }
}
