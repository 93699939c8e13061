/**
 * Between the items of the table and the model. Reading refuses what this version cannot understand; writing
 * refuses what no reader could, because an unreadable state would blind every sentinel at once.
 *
 * `ttl` (seconds since 1970) is for the table's own sweeper, which may be days late. No read looks at it: a vote
 * counts only in the epoch that is open and epochs never return, an observation counts only while it is seen to
 * change, so an expired item that is still there changes no decision.
 */
import * as v from 'valibot';
import { printable } from '../../core/info.ts';
import {
  type MasterState,
  type Observation,
  SCHEMA,
  type SentinelRecord,
  type Vote,
} from '../../core/model.ts';
import { type Seeding, Unreadable } from '../../ports.ts';
import type { SealedSecret } from '../secrets/seal.ts';
import {
  type ItemKey,
  observationKey,
  secretKey,
  seedingKey,
  sentinelKey,
  stateKey,
  voteKey,
} from './keys.ts';
import * as shapes from './shapes.ts';
import { masterState } from './state-shape.ts';

/** One item of the table, unmarshalled: its key, what the table needs of it, and the model's fields. */
export type Item = ItemKey & Readonly<Record<string, unknown>>;

const DAY_MS = 86_400_000;
const OBSERVATION_KEPT_MS = DAY_MS;
/** A vote is a promise: it outlives every election (10 s) and every pause of the deployment worth the name. */
const VOTE_KEPT_MS = 8 * DAY_MS;

export function encodeState(state: MasterState): Item {
  return encode(masterState, state, stateKey(state.name));
}

export function encodeObservation(observation: Observation): Item {
  const { master, sentinel, at } = observation;
  const ttl = ttlSeconds(at + OBSERVATION_KEPT_MS);
  return { ...encode(shapes.observation, observation, observationKey(master, sentinel)), ttl };
}

export function encodeVote(vote: Vote): Item {
  const { master, epoch, sentinel, at } = vote;
  const ttl = ttlSeconds(at + VOTE_KEPT_MS);
  return { ...encode(shapes.vote, vote, voteKey(master, epoch, sentinel)), schema: SCHEMA, ttl };
}

/** `writeId` tells this write from an equal one by another invocation of the zone in the same millisecond. */
export function encodeSentinel(record: SentinelRecord, writeId: string): Item {
  const item = encode(shapes.sentinelRecord, record, sentinelKey(record.sentinel));
  return { ...item, schema: SCHEMA, writeId };
}

export function encodeSecret(sealed: SealedSecret): Item {
  return { ...encode(shapes.sealedSecret, sealed, secretKey(sealed.id)), schema: SCHEMA };
}

export function encodeSeeding(seeding: Seeding): Item {
  return { ...encode(shapes.seeding, seeding, seedingKey(seeding.fleet)), schema: SCHEMA };
}

/** @throws Unreadable */
export function decodeState(item: Item): MasterState {
  const { pk, sk, ...fields } = item;
  return decode(masterState, fields, item, (state) => stateKey(state.name));
}

/** @throws Unreadable */
export function decodeObservation(item: Item): Observation {
  const { pk, sk, ttl, ...fields } = item;
  return decode(shapes.observation, fields, item, (found) => observationKey(found.master, found.sentinel));
}

/** @throws Unreadable */
export function decodeVote(item: Item): Vote {
  const { pk, sk, ttl, schema, ...fields } = item;
  return decode(shapes.vote, fields, item, (found) => voteKey(found.master, found.epoch, found.sentinel));
}

/** @throws Unreadable */
export function decodeSentinel(item: Item): SentinelRecord {
  const { pk, sk, schema, writeId, ...fields } = item;
  return decode(shapes.sentinelRecord, fields, item, (record) => sentinelKey(record.sentinel));
}

/** @throws Unreadable */
export function decodeSecret(item: Item): SealedSecret {
  const { pk, sk, schema, ...fields } = item;
  return decode(shapes.sealedSecret, fields, item, (sealed) => secretKey(sealed.id));
}

/** @throws Unreadable */
export function decodeSeeding(item: Item): Seeding {
  const { pk, sk, schema, ...fields } = item;
  return decode(shapes.seeding, fields, item, (found) => seedingKey(found.fleet));
}

/** How an item is named in errors and logs. */
export function keyText(key: ItemKey): string {
  return `${key.pk} ${key.sk}`;
}

/** @throws TypeError: what is wrong with it was made here, not found. */
function encode<T>(shape: v.GenericSchema<unknown, T>, value: T, key: ItemKey): Item {
  const checked = v.safeParse(shape, value, { abortEarly: true });
  if (!checked.success) {
    throw new TypeError(`refusing to write ${keyText(key)}: ${fault(checked.issues[0])}`);
  }
  return { ...(value as Readonly<Record<string, unknown>>), ...key };
}

function decode<T>(
  shape: v.GenericSchema<unknown, T>,
  fields: Readonly<Record<string, unknown>>,
  item: Item,
  keyOf: (value: T) => ItemKey,
): T {
  refuseNewerMajor(item);
  const parsed = v.safeParse(shape, fields, { abortEarly: true });
  if (!parsed.success) throw unreadable(item, fault(parsed.issues[0]));
  const key = keyOf(parsed.output);
  // An item under another's key could make one sentinel count twice.
  if (key.pk !== item.pk || key.sk !== item.sk) {
    throw unreadable(item, `its fields belong to ${keyText(key)}`);
  }
  return parsed.output;
}

function refuseNewerMajor(item: Item): void {
  const major = (item['schema'] as { major?: unknown } | null | undefined)?.major;
  if (typeof major === 'number' && major > SCHEMA.major) {
    throw unreadable(item, `field schema.major is ${major}, newer than this version can read`);
  }
}

/** What was found enters logs and pages as it is told here. */
function unreadable(item: Item, what: string): Unreadable {
  const found = item['schema'] as { major?: unknown; minor?: unknown } | null | undefined;
  return new Unreadable(
    `${printable(keyText(item))}: ${printable(what)} ` +
      `(item of schema ${versionText(found?.major)}.${versionText(found?.minor)}, ` +
      `this version reads ${SCHEMA.major}.${SCHEMA.minor})`,
  );
}

function versionText(part: unknown): string {
  return typeof part === 'number' ? String(part) : '?';
}

function fault(issue: v.BaseIssue<unknown>): string {
  return `field ${v.getDotPath(issue) ?? '(the item itself)'}: ${issue.message}`;
}

function ttlSeconds(at: number): number {
  return Math.floor(at / 1000);
}
