/** What operators send, and what they are told. */
import { DIRECTIVE_NAMES } from '../../core/directives.ts';
import { REPLICAS_MAX } from '../../core/model.ts';
import { NODE_ID } from './master-schemas.ts';
import { count, flag, list, mapOf, moment, object, ref, type Schema, text } from './schema.ts';

const directives: Schema = {
  type: 'object',
  description:
    "By their sentinel.conf names; numbers and yes or no may be JSON's own. `rename-command` and `node-zones` are objects.",
  propertyNames: { enum: DIRECTIVE_NAMES },
  additionalProperties: {
    anyOf: [
      { type: 'string' },
      { type: 'integer' },
      { type: 'boolean' },
      mapOf(text()),
      { type: 'null', description: 'With PATCH: back to its preset. The quorum has none' },
    ],
  },
};

export const OPERATE_SCHEMAS: Readonly<Record<string, Schema>> = {
  Directives: directives,
  Monitor: object(
    {
      host: text('An IP address, or a host name with `resolve-hostnames yes`'),
      port: { type: 'integer', minimum: 1, maximum: 65_535 },
      replicas: { ...list(NODE_ID, 'Declared ones'), maxItems: REPLICAS_MAX },
      directives: ref('Directives'),
    },
    ['replicas'],
    'The directives hold at least `quorum`',
  ),
  Set: object({ directives: ref('Directives') }),
  FailoverRequest: object(
    {
      coordinated: { ...flag('Whether the master hands over without losing a write'), default: true },
      to: { ...NODE_ID, description: 'The replica to promote; without it the best one' },
    },
    ['coordinated', 'to'],
  ),
  Nothing: { ...object({}), description: 'No field is known here' },
  Told: object({
    changed: flag(),
    master: ref('Master'),
    directives: mapOf(text(), "In sentinel.conf's words; of a password only that there is one"),
  }),
  Accepted: object({
    command: text('Its id'),
    status: { const: 'pending' },
    location: text('Where to ask what became of it'),
  }),
  Begun: object({
    status: { const: 'begun' },
    command: text('Its id'),
    at: moment(),
    reason: text(),
    epoch: count(),
    master: ref('Master'),
  }),
  Reset: object({ name: text(), reset: { const: true } }),
  SentinelRemoved: object({ id: text(), from: list(text(), 'The masters for which it voted') }),
};

export const REFUSAL_MEMBERS: Readonly<Record<string, Schema>> = {
  faults: list(
    object(
      {
        directive: text(),
        value: { description: 'As it was given; a password is not told' },
        allowed: text(),
      },
      ['value'],
    ),
    'All that is wrong with what was sent',
  ),
  command: object({ command: text(), at: moment(), reason: text() }, [], 'The command that was refused'),
};
