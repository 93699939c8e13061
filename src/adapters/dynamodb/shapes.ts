/** The fields of every other item than a state, as they must be found. */
import * as v from 'valibot';
import type { Health, NodeCondition, Observation, SentinelRecord, Vote } from '../../core/model.ts';
import type { Seeding } from '../../ports.ts';
import type { SealedSecret } from '../secrets/seal.ts';
import {
  address,
  allOf,
  count,
  epoch,
  event,
  id,
  incarnation,
  milliseconds,
  schemaVersion,
  text,
} from './shape-words.ts';

const condition = v.picklist(allOf<NodeCondition>({ down: true, role: true, misconfigured: true }));

export const observation: v.GenericSchema<unknown, Observation> = v.looseObject({
  schema: schemaVersion,
  master: id,
  sentinel: id,
  incarnation: count,
  seq: count,
  at: milliseconds,
  address,
  configEpoch: epoch,
  health: v.picklist(allOf<Health>({ up: true, silent: true, refused: true, misconfigured: true })),
  subjectivelyDown: v.boolean(),
  unended: v.exactOptional(v.boolean()),
  tilt: v.exactOptional(text),
  limitation: v.exactOptional(text),
  conditions: v.exactOptional(v.record(text, v.array(condition))),
  detail: text,
  lastValidAt: v.exactOptional(milliseconds),
  heardBy: v.array(text),
  alert: v.boolean(),
  handover: v.boolean(),
  events: v.array(event),
});

export const vote: v.GenericSchema<unknown, Vote> = v.looseObject({
  master: id,
  epoch,
  sentinel: id,
  candidate: incarnation,
  at: milliseconds,
});

export const sentinelRecord: v.GenericSchema<unknown, SentinelRecord> = v.looseObject({
  sentinel: id,
  incarnation: count,
  at: milliseconds,
  alertUntil: v.exactOptional(milliseconds),
  address: v.exactOptional(address),
});

export const sealedSecret: v.GenericSchema<unknown, SealedSecret> = v.looseObject({
  id,
  keyId: id,
  nonce: id,
  ciphertext: id,
});

export const seeding: v.GenericSchema<unknown, Seeding> = v.pipe(
  v.looseObject({ fleet: id, seededThrough: milliseconds, sentThrough: milliseconds, writeId: id }),
  v.check(
    ({ sentThrough, seededThrough }) => sentThrough <= seededThrough,
    'sentThrough is past seededThrough',
  ),
);
