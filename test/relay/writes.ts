/** Writes to the table as its stream tells them, from states and observations that the core made. */
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Item } from '../../src/adapters/dynamodb/codec.ts';
import { encodeObservation, encodeState } from '../../src/adapters/dynamodb/codec.ts';
import { record, switchMaster } from '../../src/core/events.ts';
import type { MasterState, Observation, RecordedEvent } from '../../src/core/model.ts';
import { anObservation, aState } from '../store/samples.ts';

export const AT = Date.UTC(2026, 10, 27, 12);

/** Nothing is wrong with it, and nothing was told of it. */
export function aCalmState(name: string): MasterState {
  const { election: _, failover, outage, command, limitation, paused, simulate, ...rest } = aState(name);
  return { ...rest, events: [], lastSeq: 0 };
}

/** The next write of a state, with an event of each type. */
export function written(
  before: MasterState,
  types: readonly string[],
  change: Partial<MasterState> = {},
): MasterState {
  const { host, port } = before.master.address;
  const happenings = types.map((type) => ({ type, payload: `master ${before.name} ${host} ${port}` }));
  const now = { wall: AT + before.lastSeq, mono: 0 };
  return record({ ...before, ...change, rev: before.rev + 1 }, 'a', now, happenings);
}

export function switched(before: MasterState, host: string): MasterState {
  const to = { host, port: 6379 };
  const { configEpoch, master, rev } = before;
  const next = { ...before, rev: rev + 1, configEpoch: configEpoch + 1, master: { address: to } };
  const now = { wall: AT + before.lastSeq, mono: 0 };
  return record(next, 'a', now, [switchMaster(before.name, master.address, to)]);
}

/** Calm, so that it wakes nobody. */
export function observed(
  master: string,
  sentinel: string,
  at: number,
  events: readonly RecordedEvent[],
): Observation {
  const { tilt, ...observation } = anObservation(master, sentinel, 3);
  return { ...observation, at, events, alert: false, subjectivelyDown: false };
}

export function stateRecord(after: MasterState, before?: MasterState): DynamoDBRecord {
  return recordOf(encodeState(after), before && encodeState(before));
}

export function observationRecord(after: Observation, before?: Observation): DynamoDBRecord {
  return recordOf(encodeObservation(after), before && encodeObservation(before));
}

/** One that no version reads. */
export function unreadableRecord(): DynamoDBRecord {
  return recordOf({ ...encodeState(aCalmState('unreadable')), rev: 'none' });
}

let sequence = 0;

function recordOf(after: Item, before?: Item): DynamoDBRecord {
  const image = (item: Item) => JSON.parse(JSON.stringify(marshall(item, { removeUndefinedValues: true })));
  return {
    eventName: before ? 'MODIFY' : 'INSERT',
    dynamodb: {
      SequenceNumber: String(++sequence).padStart(21, '0'),
      NewImage: image(after),
      ...(before && { OldImage: image(before) }),
    },
  };
}
