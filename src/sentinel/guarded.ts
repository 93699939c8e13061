/**
 * What goes wrong with one master, or with the table, is said and goes no further: the loop lives on, and so do the
 * other masters (I8).
 */
import { type Telemetry, Unavailable, Unreadable } from '../ports.ts';

/** @returns undefined when `work` failed */
export async function guarded<T>(
  telemetry: Telemetry,
  what: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const expected = error instanceof Unavailable || error instanceof Unreadable;
    const { message, stack } = error as Error;
    telemetry.log(expected ? 'warn' : 'error', `${what} failed: ${message}`, expected ? {} : { stack });
    return undefined;
  }
}
