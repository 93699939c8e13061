/** What a function is to measure, from its environment. A malformed variable is an error that names it. */
import { printable } from '../../core/info.ts';
import { CONTINUOUS_METRICS, type ContinuousMetrics } from '../../core/metrics.ts';
import type { Metrics } from '../../ports.ts';
import { embeddedMetrics } from './embedded-metrics.ts';

/** `DEPLOYMENT` tells its metrics from any other's. @returns undefined when it is not set: nothing is measured */
export function deploymentMetrics(): Metrics | undefined {
  const text = process.env['DEPLOYMENT'];
  if (!text) return undefined;
  // as CloudWatch takes a dimension's value
  if (/^(?!:)(?=.*\S)[\x20-\x7e]{1,1024}$/.test(text)) return embeddedMetrics(text);
  throw unfit('DEPLOYMENT', '1 to 1024 signs of ASCII, the first of them no colon', text);
}

/** @default 'worst' */
export function continuousMetrics(): ContinuousMetrics {
  const text = process.env['CONTINUOUS_METRICS'];
  if (!text) return 'worst';
  const found = CONTINUOUS_METRICS.find((choice) => choice === text);
  if (found) return found;
  throw unfit('CONTINUOUS_METRICS', `one of ${CONTINUOUS_METRICS.join(', ')}`, text);
}

function unfit(name: string, allowed: string, found: string): Error {
  return new Error(
    `environment variable ${name} must be ${allowed}, not "${printable(found).slice(0, 100)}"`,
  );
}
