/** What bounds every request to other services than the table: the relay's next wakes wait for it, or a look. */
export const BOUNDED = {
  maxAttempts: 3,
  // without throwOnRequestTimeout the handler only warns
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
} as const;
