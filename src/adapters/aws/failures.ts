/** What another try within the minute cannot help. */
const FINAL = new Set([400, 403, 404]);
const THROTTLED = /Throttl|TooManyRequests|LimitExceeded/;

/** The service refused it for what it is: no such function, no permission. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return FINAL.has($metadata?.httpStatusCode ?? 0) && !THROTTLED.test(error.name);
}
