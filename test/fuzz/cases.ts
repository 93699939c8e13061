/** How many cases each fuzz runs, in one place: all of them where nothing may be left out, a share of them otherwise. */
import fc from 'fast-check';

/** The full counts, by kind of input. */
export const CASES = {
  'INFO texts': 20_000,
  'what is decided from INFO': 10_000,
  'replies to a probe': 12_000,
  'replies to a dialogue': 4000,
  'replies to a transaction': 6000,
  'bytes on the wire': 400,
  'states in the table': 12_000,
  'other items in the table': 10_000,
  'views of a partition': 4000,
  'decisions from the table': 5000,
  'records of the stream': 8000,
  'events to the relay': 500,
  'events to a sentinel': 500,
  'events to the read function': 3000,
  'events of the schedule': 2000,
  'events of the queue': 2000,
  'requests over HTTP': 8000,
  'operators on the core': 10_000,
  'operators on the store': 3000,
  'requests to operate': 8000,
  'events to the operate function': 2000,
  'events of a deployment': 4000,
  globs: 6000,
  'settings of a function': 8000,
} as const satisfies Readonly<Record<string, number>>;

export type Kind = keyof typeof CASES;

/** What a run in which time matters takes of each. */
const SHARE = 0.1;

export function casesOf(
  kind: Kind,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): number {
  const share = environment['LAMBDA_SENTINEL_REQUIRE_ALL'] === '1' ? 1 : SHARE;
  return Math.ceil(CASES[kind] * share);
}

/** A test of so many cases outlasts the usual limit on a busy machine. */
export const FUZZ_TIMEOUT_MS = 120_000;

/** Counts what ran to its end, so that no setting of fast-check's can make it silently fewer. */
export async function holds<T>(
  kind: Kind,
  given: fc.Arbitrary<T>,
  check: (value: T) => unknown,
): Promise<void> {
  const wanted = casesOf(kind);
  let ran = 0;
  const property = fc.asyncProperty(given, async (value) => {
    await check(value);
    ran += 1;
  });
  await fc.assert(property, { numRuns: wanted });
  if (ran < wanted) throw new Error(`${kind}: ${ran} of ${wanted} cases were run`);
}
