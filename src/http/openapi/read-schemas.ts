/** What only the read endpoint tells. */
import type { Health, NodeCondition, Reconfiguration } from '../../core/model.ts';
import { NODE_ID, PAST_FAILOVER } from './master-schemas.ts';
import { count, flag, list, mapOf, moment, object, oneOf, ref, type Schema, text } from './schema.ts';

const conditions: Readonly<Record<NodeCondition, true>> = { down: true, role: true, misconfigured: true };

const event = {
  seq: count('Without gaps'),
  at: moment(),
  by: text('A sentinel, or the door through which somebody asked'),
  type: text("Redis Sentinel's channel, such as `+switch-master`"),
  payload: text(),
};

const health = {
  name: text(),
  address: NODE_ID,
  state: ref('Status'),
  warnings: list(text(), 'What an operator should know'),
};

export const HEALTH_MEMBERS: Readonly<Record<string, Schema>> = {
  ...health,
  healthy: flag(),
  reasons: list(text(), 'Why it is not healthy'),
};

export const READ_SCHEMAS: Readonly<Record<string, Schema>> = {
  Listing: object({
    masters: list({
      anyOf: [
        ref('Master'),
        object(
          { name: text(), status: { const: 'unreadable' }, detail: text() },
          [],
          'Its item was written by a newer version, or is damaged',
        ),
      ],
    }),
  }),
  Replicas: object({
    name: text(),
    master: NODE_ID,
    replicas: list(ref('Replica')),
  }),
  Replica: object(
    {
      address: NODE_ID,
      host: text(),
      port: count(),
      announced: flag('Whether clients may be sent to it'),
      declared: flag('Named by an operator, not only learnt from the master'),
      confirmed: flag('False after RESET, until the master confirms it'),
      reconfiguration: oneOf<Reconfiguration>(
        { none: true, sent: true, inprog: true, done: true },
        'Where it stands in an open failover',
      ),
      reconfigurationSentAt: moment(),
      repairedAt: moment('When its demotion or re-pointing was last decided'),
      stranger: text('Why it is taken for a node of another group, and left alone'),
      conditions: {
        type: 'object',
        description: 'The sentinels that find it S_DOWN, of another role, or misconfigured',
        properties: Object.fromEntries(Object.keys(conditions).map((name) => [name, list(text())])),
      },
      passedOver: text('Why the open failover, or else the last one, did not choose it'),
    },
    ['reconfigurationSentAt', 'repairedAt', 'stranger', 'passedOver'],
  ),
  Sentinels: object({
    name: text(),
    quorum: count(),
    ckquorum: object({
      ok: flag(),
      line: text("SENTINEL CKQUORUM's own line"),
      voters: count(),
      usable: count('Voters that live'),
    }),
    sentinels: list(ref('Sentinel')),
  }),
  Sentinel: object(
    {
      id: text(),
      votes: flag('Whether it counts in the majority, alive or not'),
      usable: flag('Its heartbeat is fresher than three of them'),
      lastSeen: moment(),
      address: {
        ...NODE_ID,
        description: 'Where clients reach its Sentinel port: of a zone that is a process',
      },
      told: ref('Observation'),
    },
    ['lastSeen', 'address', 'told'],
  ),
  Observation: object(
    {
      at: moment('While all is well it is not written again'),
      address: NODE_ID,
      current: flag('About the master as the state names it now; else it counts for nothing'),
      health: oneOf<Health>({ up: true, silent: true, refused: true, misconfigured: true }),
      subjectivelyDown: flag('S_DOWN'),
      tilt: text('Why it trusts nothing that it sees'),
      limitation: text('Why it starts no failover although it holds the master for down'),
      detail: text(),
      lastValidAt: moment(),
      alert: flag(),
      heardBy: list(text(), 'Replicas that still hear the master: they veto a failover'),
      conditions: mapOf(list(oneOf(conditions)), 'What it finds wrong with single nodes'),
      events: list(ref('Event'), 'What only this sentinel saw; `seq` counts within it'),
    },
    ['tilt', 'limitation', 'lastValidAt'],
  ),
  Event: object(event),
  Events: object({
    name: text(),
    lastSeq: count('The number of the last event there is'),
    events: list(object({ id: text('`<master>:<seq>`: the same wherever it is told'), ...event })),
    next: count('What to give as `after` to go on'),
    more: flag('Whether there are events after this page already'),
  }),
  PastFailover: PAST_FAILOVER,
  Failovers: object(
    { name: text(), open: ref('Failover'), last: list(ref('PastFailover'), 'The newest first') },
    ['open'],
  ),
  ServiceHealth: object({
    status: { const: 'ok' },
    masters: count('How many are monitored'),
    sentinels: list(object({ id: text(), lastSeenAgoMs: count(), usable: flag() })),
  }),
  MasterHealth: object({ ...health, healthy: { const: true } }),
  NodeRole: object({
    node: NODE_ID,
    role: { type: 'string', enum: ['primary', 'replica'] },
    master: text('The name of the master whose primary or replica it is'),
  }),
};
