/** What the table's stream delivers, and what it might. */
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { encodeObservation, encodeState, encodeVote } from '../../src/adapters/dynamodb/codec.ts';
import { anObservation, aState, aVote } from '../store/samples.ts';
import { mutated } from './mutations.ts';
import { type Json, odd } from './odd-values.ts';

const marshalled = (item: object) => JSON.parse(JSON.stringify(marshall(item))) as Json;

function recordOf(after: object, before?: object): Json {
  const OldImage = before && marshalled(before);
  return { eventName: 'MODIFY', dynamodb: { NewImage: marshalled(after), ...(OldImage && { OldImage }) } };
}

const STATE = aState('m');
const { election: _, ...calm } = STATE;
const OBSERVATION = anObservation('m', 'a', 3);

const RECORDS = [
  recordOf(encodeState(STATE)),
  recordOf(encodeState(STATE), encodeState(calm)),
  recordOf(encodeObservation(OBSERVATION)),
  recordOf(encodeObservation(OBSERVATION), encodeObservation({ ...OBSERVATION, subjectivelyDown: false })),
  recordOf(encodeVote(aVote('m', 7, 'a'))),
];

/** A record with up to four places changed, or anything else. */
export const streamRecord: fc.Arbitrary<Json> = fc.oneof(
  { weight: 10, arbitrary: fc.oneof(...RECORDS.map((record) => mutated(record, 0))) },
  { weight: 1, arbitrary: odd },
);

/** After which exactly `zone` is to be woken, whoever is in alert. */
export function handoverOf(zone: string): Json {
  return recordOf(encodeObservation({ ...OBSERVATION, sentinel: zone, alert: true, handover: true }));
}
