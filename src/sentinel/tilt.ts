/**
 * TILT (I9): a process that stalled within itself, or whose clock cannot be trusted, takes no part until that is over.
 * Time between invocations is no stall: nobody looked, and that is all.
 */
import type { Self } from '../core/view.ts';
import { type Ports, voidObservations, type Watch } from './watch.ts';

const CLOCK_MS_MAX = 2000;

/**
 * This sentinel as it may decide now: in TILT while its clock is too far from the table's, or when it has just stalled.
 * Then what it saw before is void from here on: ask this first, and make the view after it.
 */
export function trusted(self: Self, watch: Watch, ports: Ports): Self {
  heedVigil(watch, ports);
  if (watch.stalled !== undefined) return { ...self, tilt: { why: watch.stalled.why, passing: true } };
  const why = clockFault(ports.store.skewMs());
  return why === undefined ? self : { ...self, tilt: { why, passing: false } };
}

export function heedVigil(watch: Watch, { clock, telemetry }: Ports): void {
  const { vigil, heeded } = watch;
  if (!vigil) return;
  const { count, what } = vigil.trouble();
  if (count === heeded) return;
  watch.heeded = count;
  voidObservations(watch, clock.now(), telemetry, what);
}

function clockFault(skewMs: number | undefined): string | undefined {
  if (skewMs === undefined || Math.abs(skewMs) <= CLOCK_MS_MAX) return undefined;
  const ms = Math.round(Math.abs(skewMs));
  return `this clock is ${ms} ms ${skewMs > 0 ? 'ahead of' : 'behind'} the table's`;
}
