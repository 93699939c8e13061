/** A process that stays until it is asked to end. */

/** @returns the signal that came, as soon as one has */
export function untilSignalled(): { readonly signalled: Promise<string>; forget(): void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of signals) process.on(signal, resolve);
  return {
    signalled: promise,
    forget() {
      for (const signal of signals) process.off(signal, resolve);
    },
  };
}
