/** One JSON object a line on standard output: what CloudWatch Logs indexes by itself. */
import type { Telemetry } from '../../ports.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/**
 * @param least - lines below this level are not written; at `info` a healthy pulse writes no byte
 * @param context - fields that every line carries, such as the sentinel's id
 */
export function jsonTelemetry(least: Level, context: Readonly<Record<string, unknown>> = {}): Telemetry {
  return {
    log(level, message, fields) {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
      writeLine({ time: new Date().toISOString(), level, message, ...context, ...fields });
    },
  };
}

/** `console.*` wraps lines in Lambda, and would break the metrics that leave the same way. */
export function writeLine(value: object): void {
  process.stdout.write(`${oneLine(JSON.stringify(value))}\n`);
}

/** JSON leaves some control characters and line ends as they are. */
function oneLine(json: string): string {
  return json.replace(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
