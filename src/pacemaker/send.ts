/** Sends what a run has claimed, each message at its part of a second. */
import type { EpochMs, MonoMs } from '../core/model.ts';
import type { Clock, DelayedMessage, DelayQueue } from '../ports.ts';
import { delaySeconds, departures, inBatches, untilFraction } from './departures.ts';
import { slotBody } from './slot-message.ts';
import type { PlannedMessage } from './stagger.ts';

export interface SendPorts {
  readonly clock: Clock;
  readonly queue: DelayQueue;
}

/** SQS takes no more in one request. */
const BATCH_MAX = 10;
/** At a time: each needs a connection, and a function of 128 MB makes few a second. */
const LANES = 3;

interface Outgoing extends DelayedMessage {
  readonly planned: PlannedMessage;
}

/**
 * All departures within a second, side by side: one after the other each could miss the next one's part of a second.
 * @returns what the queue has not surely accepted
 */
export async function send(
  ports: SendPorts,
  messages: readonly PlannedMessage[],
  until: MonoMs,
): Promise<readonly PlannedMessage[]> {
  const { wall: now } = ports.clock.now();
  const unsent = await Promise.all(
    departures(messages).map(async ({ fractionMs, messages: leaving }) => {
      await ports.clock.sleep(untilFraction(fractionMs, now));
      return depart(ports, leaving, until);
    }),
  );
  return unsent.flat();
}

async function depart(
  { clock, queue }: SendPorts,
  leaving: readonly PlannedMessage[],
  until: MonoMs,
): Promise<readonly PlannedMessage[]> {
  const { wall } = clock.now();
  const waiting = inBatches(leaving, BATCH_MAX)[Symbol.iterator]();
  const unsent: PlannedMessage[] = [];
  const lane = async () => {
    for (const batch of waiting) {
      if (clock.now().mono > until) {
        unsent.push(...batch);
        continue;
      }
      const left = await queue.send(batch.map((planned) => addressed(planned, wall)));
      unsent.push(...left.map(({ planned }) => planned));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return unsent;
}

function addressed(planned: PlannedMessage, now: EpochMs): Outgoing {
  const delay = delaySeconds(planned.at, now);
  return { planned, delaySeconds: delay, body: slotBody(planned, delay) };
}
