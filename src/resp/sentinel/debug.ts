/** SENTINEL DEBUG: the timers. Those of the gateway itself can be set; the zones' are told as they are. */
import type { Call, Command } from '../commands/command.ts';
import { error, fields, OK, type Reply } from '../protocol/reply.ts';
import type { Settings } from '../settings.ts';
import { ROW } from './row.ts';

export const DEBUG_COMMAND: Command = {
  ...{ ...ROW, name: 'debug', arity: -2, summary: 'The timers, in milliseconds' },
  changes: (words) => words.length > 2,
  run: (call) => (call.words.length === 2 ? tell(call.env.settings) : set(call)),
};

interface Timer {
  readonly name: string;
  readonly read: (settings: Settings) => number;
  /** Absent: it is the zones' own. */
  readonly write?: (settings: Settings, ms: number) => void;
  /** Of no effect without connections of the gateway's own. */
  readonly ofLooks?: true;
}

const fixed = (name: string, ms: number): Timer => ({ name, read: () => ms });

/** In Sentinel's order. */
const TIMERS: readonly Timer[] = [
  {
    ...{ name: 'INFO-PERIOD', ofLooks: true, read: ({ infoPeriodMs }) => infoPeriodMs },
    write: (settings, ms) => {
      settings.infoPeriodMs = ms;
    },
  },
  {
    ...{ name: 'PING-PERIOD', ofLooks: true, read: ({ pingPeriodMs }) => pingPeriodMs },
    write: (settings, ms) => {
      settings.pingPeriodMs = ms;
    },
  },
  {
    ...{ name: 'ASK-PERIOD', read: ({ alertPollMs }) => alertPollMs },
    write: (settings, ms) => {
      settings.alertPollMs = ms;
    },
  },
  {
    ...{ name: 'PUBLISH-PERIOD', read: ({ pollMs }) => pollMs },
    write: (settings, ms) => {
      settings.pollMs = ms;
    },
  },
  {
    ...{ name: 'DEFAULT-DOWN-AFTER', read: ({ downAfterMs = 30_000 }) => downAfterMs },
    write: (settings, ms) => {
      settings.downAfterMs = ms;
    },
  },
  {
    ...{ name: 'DEFAULT-FAILOVER-TIMEOUT', read: ({ failoverTimeoutMs = 180_000 }) => failoverTimeoutMs },
    write: (settings, ms) => {
      settings.failoverTimeoutMs = ms;
    },
  },
  fixed('TILT-TRIGGER', 2000),
  fixed('TILT-PERIOD', 0), // what a stalled look saw is void, and the next one counts again
  fixed('SLAVE-RECONF-TIMEOUT', 10_000),
  fixed('MIN-LINK-RECONNECT-PERIOD', 0), // each look connects anew where it has to
  fixed('ELECTION-TIMEOUT', 10_000),
  fixed('SCRIPT-MAX-RUNTIME', 60_000),
  fixed('SCRIPT-RETRY-DELAY', 30_000),
];

function tell(settings: Settings): Reply {
  return fields(TIMERS.map(({ name, read }) => [name, read(settings)]));
}

const MS_MAX = 86_400_000;
/** Below this the gateway would do nothing but read. */
const PERIOD_MS_MIN = 10;

/** All that is given is checked before any of it is set. */
function set({ env, words }: Call): Reply {
  const given = words.slice(2);
  const changes: (() => void)[] = [];
  for (let i = 0; i < given.length; i += 2) {
    const [name = '', value] = [given[i], given[i + 1]];
    const timer = TIMERS.find((one) => one.name === name.toUpperCase());
    const told = name.slice(0, 128);
    if (!timer || value === undefined) {
      return error(`ERR Unknown option or number of arguments for SENTINEL DEBUG '${told}'`);
    }
    const ms = /^\d{1,9}$/.test(value) ? Number(value) : 0;
    if (ms < PERIOD_MS_MIN || ms > MS_MAX) {
      return error(`ERR Invalid argument '${value.slice(0, 128)}' for SENTINEL DEBUG '${told}'`);
    }
    const { write } = timer;
    if (!write) return error(`ERR ${timer.name} is the zones' own, and cannot be set at a gateway`);
    if (timer.ofLooks && !env.looksItself) {
      return error(
        `ERR ${timer.name} means nothing to a gateway without connections of its own to the nodes`,
      );
    }
    changes.push(() => write(env.settings, ms));
  }
  for (const change of changes) change();
  env.masters.wake();
  return OK;
}
