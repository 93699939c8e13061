/** What a command is: its row in COMMAND, and the function that answers it. */

import type { Address } from '../../core/model.ts';
import type { Clock, Telemetry } from '../../ports.ts';
import type { Users } from '../acl/users.ts';
import type { Client } from '../clients/client.ts';
import type { Clients } from '../clients/clients.ts';
import type { Channels } from '../feed/channels.ts';
import type { Known } from '../masters/known.ts';
import type { Masters } from '../masters/masters.ts';
import type { Peers } from '../masters/peers.ts';
import type { Operations } from '../operations.ts';
import type { Reply } from '../protocol/reply.ts';
import type { Settings } from '../settings.ts';

/** What the commands of one gateway share. */
export interface Environment {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly masters: Masters;
  /** Looks at a master over the gateway's own connection, if it has one. */
  readonly lookAgain: (known: Known) => Promise<void>;
  readonly peers: Peers;
  readonly channels: Channels;
  readonly clients: Clients;
  readonly users: Users;
  readonly settings: Settings;
  /** Undefined: read-only. */
  readonly operations: Operations | undefined;
  readonly pulseMs: number;
  readonly id: string;
  /** Where clients reach this gateway. */
  readonly announced: () => Address;
  readonly listens: () => Address;
  /** Whether it has connections of its own to the nodes. */
  readonly looksItself: boolean;
  readonly shutDown: () => void;
}

export interface Call {
  readonly env: Environment;
  readonly client: Client;
  /** All words, the command's own among them, as text and as they came. */
  readonly words: readonly string[];
  readonly raw: readonly Buffer[];
}

export interface Command {
  /** In lower case; of a subcommand without its container's. */
  readonly name: string;
  /** How many words, its own included; below 0: at least so many. */
  readonly arity: number;
  readonly flags: readonly string[];
  /** Of ACL, without `@`. */
  readonly categories: readonly string[];
  readonly tips?: readonly string[];
  readonly summary: string;
  readonly group: 'connection' | 'pubsub' | 'server' | 'sentinel';
  readonly subcommands?: readonly Command[];
  /** Whether it changes something, so that a read-only gateway refuses it. @default never */
  readonly changes?: (words: readonly string[]) => boolean;
  /** Undefined for what is only a container. */
  readonly run?: (call: Call) => Reply | Promise<Reply>;
}

export const ALWAYS = () => true;
