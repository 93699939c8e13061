/** An item in the model's own types, from the attribute values the table and its stream tell it in. */
import { NumberValueImpl, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item } from './codec.ts';

export function toItem(attributes: Parameters<typeof unmarshall>[0]): Item {
  return unmarshall(attributes, { wrapNumbers: toNumber }) as Item;
}

/** A number of another version's that JavaScript cannot hold stays exact, to be written back as it was. */
function toNumber(text: string): number | NumberValueImpl {
  const value = Number(text);
  return Number.isSafeInteger(value) || String(value) === text ? value : NumberValueImpl.from(text);
}
