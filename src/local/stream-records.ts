/** What changed between two reads of the table, and how DynamoDB's stream would tell of it. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBRecord } from 'aws-lambda';
import { type Image, toWire } from './images.ts';

export type Change =
  | { readonly eventName: 'INSERT'; readonly next: Image }
  | { readonly eventName: 'MODIFY'; readonly next: Image; readonly old: Image }
  | { readonly eventName: 'REMOVE'; readonly old: Image };

/** One change for each item that differs, in the order of `now`; what is gone comes last. */
export function* changesBetween(before: Map<string, Image>, now: Map<string, Image>): Generator<Change> {
  for (const [key, next] of now) {
    const old = before.get(key);
    if (!old) yield { eventName: 'INSERT', next };
    else if (!isDeepStrictEqual(old, next)) yield { eventName: 'MODIFY', next, old };
  }
  for (const [key, old] of before) if (!now.has(key)) yield { eventName: 'REMOVE', old };
}

/** The change in the shape in which Lambda delivers it; `sequence` must grow. */
export function recordOf(change: Change, sequence: number): DynamoDBRecord {
  const newImage = change.eventName === 'REMOVE' ? undefined : toWire(change.next);
  const oldImage = change.eventName === 'INSERT' ? undefined : toWire(change.old);
  const { pk, sk } = newImage ?? oldImage ?? {};
  return {
    eventID: randomBytes(16).toString('hex'),
    eventName: change.eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(Date.now() / 1000),
      Keys: { ...(pk && { pk }), ...(sk && { sk }) },
      ...(newImage && { NewImage: newImage }),
      ...(oldImage && { OldImage: oldImage }),
      SequenceNumber: String(sequence).padStart(21, '0'),
      SizeBytes: JSON.stringify([newImage, oldImage]).length,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  };
}
