/** What can be changed while the gateway runs: by SENTINEL DEBUG and SENTINEL CONFIG SET. None of it outlives the process. */
import type { Telemetry } from '../ports.ts';

export interface Settings {
  /** How often the table is read (DEBUG's PUBLISH-PERIOD). */
  pollMs: number;
  /** How often while something happens (ASK-PERIOD). */
  alertPollMs: number;
  /** How often the gateway's own connections ask INFO, and PING of the master. */
  infoPeriodMs: number;
  pingPeriodMs: number;
  /** What MONITOR gives a new master, where the directives' own defaults are not wanted. */
  downAfterMs?: number;
  failoverTimeoutMs?: number;
  resolveHostnames: boolean;
  announceHostnames: boolean;
  logLevel: LogLevel;
}

export const LOG_LEVELS = ['debug', 'verbose', 'notice', 'warning', 'nothing'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const AT_LEAST: Readonly<Record<LogLevel, number>> = {
  debug: 0,
  verbose: 1,
  notice: 1,
  warning: 2,
  nothing: 4,
};
const WEIGHTS = { debug: 0, info: 1, warn: 2, error: 3 } as const;

/** Telemetry that leaves out what is below the level that is set. */
export function atLogLevel(telemetry: Telemetry, settings: Settings): Telemetry {
  return {
    log(level, message, fields) {
      if (WEIGHTS[level] >= AT_LEAST[settings.logLevel]) telemetry.log(level, message, fields);
    },
  };
}
