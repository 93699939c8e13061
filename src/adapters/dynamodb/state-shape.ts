/** The fields of a state as they must be found; what came later than the first version has a default or is optional. */
import * as v from 'valibot';
import { PRESETS } from '../../core/directives.ts';
import {
  type FailoverKind,
  type FailoverStep,
  type MasterState,
  nodeId,
  type Reconfiguration,
} from '../../core/model.ts';
import {
  address,
  allOf,
  count,
  epoch,
  event,
  host,
  id,
  incarnation,
  interval,
  milliseconds,
  offset,
  positive,
  reasons,
  schemaVersion,
  text,
} from './shape-words.ts';

/** A directive that was invented after the item was written has the value with which nothing changes. */
const directives = v.looseObject({
  quorum: positive,
  downAfterMs: v.exactOptional(interval, PRESETS.downAfterMs),
  failoverTimeoutMs: v.exactOptional(interval, PRESETS.failoverTimeoutMs),
  parallelSyncs: v.exactOptional(positive, PRESETS.parallelSyncs),
  masterRebootDownAfterMs: v.exactOptional(interval, PRESETS.masterRebootDownAfterMs),
  authUser: v.exactOptional(text),
  authPass: v.exactOptional(text),
  authPassBefore: v.exactOptional(text),
  renamedCommands: v.exactOptional(v.record(text, text), () => ({ ...PRESETS.renamedCommands })),
  resolveHostnames: v.exactOptional(v.boolean(), PRESETS.resolveHostnames),
  announceHostnames: v.exactOptional(v.boolean(), PRESETS.announceHostnames),
  replicaEvidence: v.exactOptional(v.boolean(), PRESETS.replicaEvidence),
  leaseMs: v.exactOptional(interval, PRESETS.leaseMs),
  alertIntervalMs: v.exactOptional(interval, PRESETS.alertIntervalMs),
  writeProbe: v.exactOptional(v.boolean(), PRESETS.writeProbe),
  preferZone: v.exactOptional(text),
  nodeZones: v.exactOptional(v.record(text, text), () => ({ ...PRESETS.nodeZones })),
  minReplicasVisible: v.exactOptional(count, PRESETS.minReplicasVisible),
  observeOnly: v.exactOptional(v.boolean(), PRESETS.observeOnly),
  tls: v.exactOptional(v.boolean(), PRESETS.tls),
});

const identity = v.looseObject({
  address,
  runId: v.exactOptional(text),
  replicationId: v.exactOptional(text),
  previousReplicationIds: v.exactOptional(v.array(text)),
  offset: v.exactOptional(offset),
  ip: v.exactOptional(host),
});

const replica = v.looseObject({
  address,
  reconfiguration: v.picklist(allOf<Reconfiguration>({ none: true, sent: true, inprog: true, done: true })),
  reconfigurationSentAt: v.exactOptional(milliseconds),
  repairedAt: v.exactOptional(milliseconds),
  declared: v.exactOptional(v.boolean()),
  unconfirmed: v.exactOptional(v.boolean()),
  stranger: v.exactOptional(text),
  announced: v.exactOptional(v.boolean()),
  ip: v.exactOptional(host),
});

/** Under another's name a replica would be taken for two. */
const replicas = v.pipe(
  v.record(text, replica),
  v.check(
    (found) => Object.entries(found).every(([id, { address }]) => id === nodeId(address)),
    'each replica stands under its own host:port',
  ),
);

const election = v.looseObject({
  epoch,
  candidate: incarnation,
  beat: count,
  openedAt: milliseconds,
});

const timeline = v.looseObject({
  started: milliseconds,
  sdown: v.exactOptional(milliseconds),
  odown: v.exactOptional(milliseconds),
  elected: v.exactOptional(milliseconds),
  intended: v.exactOptional(milliseconds),
  promoted: v.exactOptional(milliseconds),
  switched: v.exactOptional(milliseconds),
  ended: v.exactOptional(milliseconds),
});

/** The first versions knew no other kind, and did not name it. */
const failoverKind = v.exactOptional(
  v.picklist(allOf<FailoverKind>({ automatic: true, forced: true, coordinated: true })),
  'automatic',
);

const span = v.looseObject({ from: milliseconds, until: milliseconds });

const failover = v.looseObject({
  epoch,
  begunIn: v.exactOptional(epoch),
  leader: incarnation,
  beat: count,
  kind: failoverKind,
  step: v.picklist(
    allOf<FailoverStep>({ 'handing over': true, selecting: true, promoting: true, reconfiguring: true }),
  ),
  target: v.exactOptional(address),
  intent: v.exactOptional(
    v.looseObject({
      epoch,
      node: address,
      runId: v.exactOptional(text),
      offset: v.exactOptional(offset),
      givenUp: v.exactOptional(v.boolean()),
    }),
  ),
  oldMaster: address,
  passedOver: reasons,
  writesLost: v.exactOptional(offset),
  twoMasters: v.exactOptional(span),
  timeline,
});

const lastFailover = v.looseObject({
  epoch,
  leader: id,
  from: address,
  to: v.exactOptional(address),
  kind: failoverKind,
  outcome: text,
  passedOver: reasons,
  writesLost: v.exactOptional(offset),
  twoMasters: v.exactOptional(span),
  timeline,
});

const asked = { id, at: milliseconds, by: text };
const command = v.variant('kind', [
  v.looseObject({
    ...asked,
    kind: v.literal('failover'),
    coordinated: v.boolean(),
    to: v.exactOptional(address),
  }),
  v.looseObject({ ...asked, kind: v.literal('resume') }),
]);

export const masterState: v.GenericSchema<unknown, MasterState> = v.looseObject({
  schema: schemaVersion,
  name: id,
  rev: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  writeId: id,
  directives,
  currentEpoch: epoch,
  configEpoch: epoch,
  master: identity,
  replicas,
  voters: v.array(id),
  outage: v.exactOptional(
    v.looseObject({
      since: milliseconds,
      masterValidAt: milliseconds,
      sdown: v.exactOptional(milliseconds),
    }),
  ),
  election: v.exactOptional(election),
  failover: v.exactOptional(failover),
  lastFailover: v.exactOptional(lastFailover),
  coolDown: v.exactOptional(v.looseObject({ until: milliseconds, reason: text })),
  limitation: v.exactOptional(v.looseObject({ at: milliseconds, by: id, reason: text })),
  command: v.exactOptional(command),
  lastCommand: v.exactOptional(
    v.looseObject({ id, at: milliseconds, epoch: v.exactOptional(epoch), reason: text }),
  ),
  paused: v.exactOptional(v.looseObject({ since: milliseconds, by: text, refused: v.exactOptional(text) })),
  simulate: v.exactOptional(
    v.looseObject({
      crashAfterElection: v.exactOptional(v.boolean()),
      crashAfterPromotion: v.exactOptional(v.boolean()),
    }),
  ),
  declaration: v.exactOptional(v.looseObject({ by: text, address })),
  removed: v.exactOptional(milliseconds),
  events: v.array(event),
  lastSeq: count,
});
