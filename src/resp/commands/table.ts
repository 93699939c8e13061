/** All commands, by their names. */

import { SENTINEL_COMMAND } from '../sentinel/sentinel-command.ts';
import { aclCommand } from './acl.ts';
import { CLIENT_COMMAND } from './client.ts';
import type { Command } from './command.ts';
import { commandCommand } from './command-command.ts';
import { CONNECTION_COMMANDS } from './connection.ts';
import { INFO_COMMAND } from './info.ts';
import { PUBSUB_COMMANDS } from './pubsub.ts';
import { SERVER_COMMANDS } from './server.ts';

export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    ...CONNECTION_COMMANDS,
    CLIENT_COMMAND,
    aclCommand(() => COMMANDS),
    commandCommand(() => COMMANDS),
    INFO_COMMAND,
    ...PUBSUB_COMMANDS,
    ...SERVER_COMMANDS,
    SENTINEL_COMMAND,
  ].map((command) => [command.name, command]),
);
