/** SENTINEL, with all its subcommands. */
import type { Command } from '../commands/command.ts';
import { type HelpLine, helpCommand } from '../commands/help.ts';
import { CONFIG_COMMAND } from './config.ts';
import { DEBUG_COMMAND } from './debug.ts';
import { FAILOVER_COMMANDS } from './failover.ts';
import { MONITORING } from './monitoring.ts';
import { QUERIES } from './queries.ts';
import { SET_COMMAND } from './set.ts';

const HELP: readonly HelpLine[] = [
  ['CKQUORUM <master-name>', 'Whether the sentinels that live are enough to agree and to elect a leader.'],
  ['CONFIG GET <param> [<param> ...]', 'What holds for the gateway or for all masters; patterns are taken.'],
  ['CONFIG SET <param> <value> [<param> <value> ...]', 'Sets it.'],
  ['DEBUG [<param> <value> ...]', 'The timers in milliseconds, or sets some of them.'],
  ['FAILOVER <master-name> [COORDINATED]', 'Fails over now, without asking the other sentinels.'],
  ['FLUSHCONFIG', 'All is in the table already.'],
  ['GET-MASTER-ADDR-BY-NAME <master-name>', 'Where the master is.'],
  ['INFO-CACHE <master-name> [<master-name> ...]', 'What the nodes last said of themselves.'],
  ['IS-MASTER-DOWN-BY-ADDR <ip> <port> <current-epoch> <runid>', 'Whether the quorum holds it for down.'],
  ['MASTER <master-name>', 'The master, with its state.'],
  ['MASTERS', 'All masters, with their state.'],
  ['MONITOR <name> <ip> <port> <quorum>', 'Monitors a master from now on.'],
  ['MYID', "This gateway's id."],
  ['PENDING-SCRIPTS', 'None: scripts are run by zones.'],
  ['REMOVE <master-name>', 'Monitors a master no more.'],
  ['REPLICAS <master-name>', 'Its replicas, with their state.'],
  ['RESET <pattern>', 'Forgets what went wrong with the masters whose names match.'],
  ['SENTINELS <master-name>', 'The other gateways that clients can reach.'],
  ['SET <master-name> <option> <value> [<option> <value> ...]', "Sets a master's directives."],
  ['SIMULATE-FAILURE [CRASH-AFTER-ELECTION] [CRASH-AFTER-PROMOTION] [HELP]', 'Has a leader crash at a step.'],
];

export const SENTINEL_COMMAND: Command = {
  ...{
    name: 'sentinel',
    arity: -2,
    flags: ['admin'],
    categories: ['admin', 'slow', 'dangerous'],
    group: 'sentinel',
  },
  summary: 'Masters, and what is done with them',
  subcommands: [
    ...QUERIES,
    ...MONITORING,
    SET_COMMAND,
    ...FAILOVER_COMMANDS,
    CONFIG_COMMAND,
    DEBUG_COMMAND,
    helpCommand('SENTINEL', HELP, ['slow']),
  ],
};
