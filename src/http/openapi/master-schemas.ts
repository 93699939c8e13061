/** A master and its failovers, as both endpoints tell them. */
import type { FailoverKind, FailoverStep } from '../../core/model.ts';
import type { MasterStatus, TimelineDescription } from '../master.ts';
import { count, list, mapOf, moment, object, oneOf, ref, type Schema, text } from './schema.ts';

export const NODE_ID = text('`host:port`, with an IPv6 host in brackets');

const node = {
  address: NODE_ID,
  host: text(),
  port: { type: 'integer', minimum: 1, maximum: 65_535 },
} as const;

const kind = oneOf<FailoverKind>(
  { automatic: true, forced: true, coordinated: true },
  'Who asked for it: nobody (`automatic`), or an operator',
);

const step = oneOf<FailoverStep>({
  'handing over': true,
  selecting: true,
  promoting: true,
  reconfiguring: true,
});

const moments: Readonly<Record<keyof TimelineDescription, Schema>> = {
  started: moment(),
  sdown: moment('The first +sdown of the sentinels that made the quorum'),
  odown: moment(),
  elected: moment(),
  intended: moment('The node to promote was written down'),
  promoted: moment(),
  switched: moment('From here on clients find the new master'),
  ended: moment(),
};

const failover = {
  epoch: count('In which it is led; a later leader that resumes it takes a later one'),
  kind,
  leader: text('A sentinel'),
  from: NODE_ID,
  to: NODE_ID,
  passedOver: mapOf(text(), 'Why each replica that was not chosen was passed over'),
  writesLost: count('Bytes the old master acknowledged and the new one never had, where that is known'),
  timeline: ref('Timeline'),
};

const past = {
  ...failover,
  outcome: text('Such as `switched`, or why it ended without'),
  twoMasters: object(
    { from: moment(), until: moment() },
    [],
    'Between which moments the old master may have said master beside the new one',
  ),
};

/** Told by the read endpoint only. */
export const PAST_FAILOVER = object(
  past,
  ['kind', 'leader', 'to', 'passedOver', 'writesLost', 'twoMasters'],
  'Of the last one all is known, of those before it what their events tell',
);

export const MASTER_SCHEMAS: Readonly<Record<string, Schema>> = {
  Node: object(node),
  Status: oneOf<MasterStatus>(
    { ok: true, odown: true, failover: true },
    '`odown`: the quorum agrees that the master is down, and no failover has begun',
  ),
  Timeline: object(
    moments,
    Object.keys(moments).filter((name) => name !== 'started'),
  ),
  Failover: object({ ...failover, step }, ['to', 'writesLost']),
  LastFailover: object(past, ['to', 'writesLost', 'twoMasters']),
  Master: object(
    {
      name: text(),
      ...node,
      status: ref('Status'),
      since: moment('Since when the master is there; absent when no event that is kept tells it'),
      epoch: count('The configuration epoch, in which the address became the master'),
      currentEpoch: count(),
      rev: count('Grows with every change of the state'),
      quorum: count(),
      replicas: list(ref('Node'), 'Those that clients may be sent to'),
      sentinels: list(text(), 'Those that vote, alive or not'),
      failover: ref('Failover'),
      lastFailover: ref('LastFailover'),
      coolDown: object({ until: moment(), reason: text() }, [], 'Until when no automatic failover starts'),
      limitation: object(
        { since: moment(), by: text(), reason: text() },
        [],
        'Why the master is down and no failover has begun',
      ),
      paused: object(
        { since: moment(), by: text(), refused: text('Why the last attempt to resume was refused') },
        ['refused'],
        'Neither failovers nor repairs',
      ),
      strangers: mapOf(text(), "Nodes at a replica's address that belong to another group"),
    },
    ['since', 'failover', 'lastFailover', 'coolDown', 'limitation', 'paused', 'strangers'],
  ),
};
