/**
 * Tells a batch's events to one target, master by master in their order. What fails holds up only what comes after it
 * of the same master, at the same target: Lambda gives the batch again from the first failed record on, so that
 * nothing is told before what precedes it.
 */
import type { Publisher, Telemetry } from '../ports.ts';
import { type BatchRecord, byMaster } from './batch.ts';
import { messagesOf } from './messages.ts';

/** @returns the records that were not told, or perhaps not: the first one of each master */
export async function publish(
  batch: readonly BatchRecord[],
  publisher: Publisher,
  telemetry: Telemetry,
  signal: AbortSignal,
): Promise<BatchRecord[]> {
  const masters = [...byMaster(batch)].map(async ([master, records]) => {
    for (const record of records) {
      try {
        await tell(record, publisher, signal);
      } catch (error) {
        const { target } = publisher;
        const { message: reason } = error as Error;
        telemetry.log('error', `events of ${master} were not told to ${target}`, { master, target, reason });
        return [record];
      }
    }
    return [];
  });
  return (await Promise.all(masters)).flat();
}

async function tell({ change }: BatchRecord, publisher: Publisher, signal: AbortSignal): Promise<void> {
  const messages = messagesOf(change);
  if (messages.length === 0) return;
  signal.throwIfAborted();
  await publisher.publish(messages, signal);
}
