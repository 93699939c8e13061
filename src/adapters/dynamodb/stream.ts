/** Reads the records of the table's stream: what an item was, and what it became. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Change } from '../../core/change.ts';
import { printable } from '../../core/info.ts';
import { Unreadable } from '../../ports.ts';
import { toItem } from './attributes.ts';
import { decodeObservation, decodeState, type Item } from './codec.ts';

type Image = Readonly<Record<string, AttributeValue>>;

/** The part of a stream record that is read, in the wire's own shape. */
export interface StreamRecord {
  readonly dynamodb?:
    | { readonly SequenceNumber?: unknown; readonly NewImage?: unknown; readonly OldImage?: unknown }
    | undefined;
}

/** What a record is called in the answer to Lambda; empty, which fails the whole batch, where it has no number. */
export function sequenceNumber(record: StreamRecord): string {
  const found = record.dynamodb?.SequenceNumber;
  return typeof found === 'string' ? found : '';
}

/**
 * @returns undefined for an item that is neither a state nor an observation, and for one that was removed
 * @throws Unreadable
 */
export function readChange(record: StreamRecord): Change | undefined {
  const dynamodb = (record as StreamRecord | null | undefined)?.dynamodb;
  if (typeof dynamodb !== 'object' || dynamodb === null) {
    throw new Unreadable(
      `a record of the stream tells of a change in "dynamodb", and here that is ${typeof dynamodb}`,
    );
  }
  const after = item(dynamodb.NewImage);
  if (!after?.pk.startsWith('MASTER#')) return undefined;
  if (after.sk === 'STATE') {
    return { kind: 'state', before: old(dynamodb.OldImage, decodeState), after: decodeState(after) };
  }
  if (after.sk.startsWith('OBS#')) {
    const before = old(dynamodb.OldImage, decodeObservation);
    return { kind: 'observation', before, after: decodeObservation(after) };
  }
  return undefined;
}

/** An old image that cannot be read is as good as none: the new one holds what must not be lost. */
function old<T>(image: unknown, decode: (found: Item) => T): T | undefined {
  try {
    const found = item(image);
    return found && decode(found);
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

function item(image: unknown): Item | undefined {
  if (image === undefined) return undefined;
  const found = unmarshalled(image);
  if (typeof found.pk !== 'string' || typeof found.sk !== 'string') {
    throw new Unreadable('an image in the stream has no key: pk and sk are texts');
  }
  return found;
}

function unmarshalled(image: unknown): Item {
  try {
    return toItem(image as Image);
  } catch (error) {
    throw new Unreadable(`an image in the stream is none of an item: ${printable((error as Error).message)}`);
  }
}
