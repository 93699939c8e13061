/** How far this machine's clock is from the table's, as the `Date` of its replies tells it (I9). */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Instant, MonoMs } from '../../core/model.ts';

export interface StoreClock {
  /** How far this machine's clock was ahead at the last reply that told the time; undefined before the first. */
  skewMs(): number | undefined;
}

/** A `Date` is cut to the second: the moment it was taken lies in the second that it begins. */
const DATE_RESOLUTION_MS = 1000;

/** Listens to every reply of the client from now on, errors and attempts that are tried again among them. */
export function watchStoreClock(client: DynamoDBClient, now: () => Instant = machineNow): StoreClock {
  let skewMs: number | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = now().mono;
      const result = await next(args);
      skewMs = leastSkewMs(dateIn(result.response), sentAt, now()) ?? skewMs;
      return result;
    },
    // The last before the network: one call is one attempt, and an error is still a reply with its headers.
    { step: 'deserialize', priority: 'low' },
  );
  return { skewMs: () => skewMs };
}

/**
 * The store took its `Date` between the sending and the arrival:
 *
 * ```
 *   store's clock        date ├──────────┤ date + 1 s
 *   this machine's   sent ├──────┤ arrived                overlap: as good as equal
 *   this machine's                         sent ├──────┤  ahead by at least sent - (date + 1 s)
 * ```
 *
 * @returns the skew nearest to 0 that explains the reply; undefined for what is no date
 */
function leastSkewMs(date: string | undefined, sentAt: MonoMs, arrived: Instant): number | undefined {
  const from = Date.parse(date ?? '');
  if (Number.isNaN(from)) return undefined;
  // Counted back from the arrival: the wall clock may have been set in between.
  const sentWall = arrived.wall - (arrived.mono - sentAt);
  const aheadMs = sentWall - (from + DATE_RESOLUTION_MS);
  const behindMs = arrived.wall - from;
  if (aheadMs > 0) return aheadMs;
  return behindMs < 0 ? behindMs : 0;
}

function dateIn(response: unknown): string | undefined {
  const { headers } = response as { readonly headers?: Readonly<Record<string, string>> };
  return headers?.['date'];
}

function machineNow(): Instant {
  return { wall: Date.now(), mono: performance.now() };
}
