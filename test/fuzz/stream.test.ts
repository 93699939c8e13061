import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from 'vitest';
import { encodeObservation, encodeState, encodeVote } from '../../src/adapters/dynamodb/codec.ts';
import { readChange, type StreamRecord } from '../../src/adapters/dynamodb/stream.ts';
import { wakeOnObservation, wakeOnState } from '../../src/core/wake.ts';
import { Unreadable } from '../../src/ports.ts';
import { anObservation, aState, aVote } from '../store/samples.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { expectPrintable } from './soundness.ts';
import { streamRecord } from './stream-events.ts';

test(
  'a record of the stream is a change, is none of ours, or is refused in printable words',
  async () => {
    await holds('records of the stream', streamRecord, (record) => {
      try {
        const change = readChange(record as StreamRecord);
        if (change?.kind === 'state') wakeOnState(change.before, change.after);
        if (change?.kind === 'observation') wakeOnObservation(change.before, change.after);
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        expectPrintable(error.message);
      }
    });
  },
  FUZZ_TIMEOUT_MS,
);

test('the records that are changed are read themselves', () => {
  const images = (item: object) => ({ dynamodb: { NewImage: marshall(item), OldImage: marshall(item) } });
  const { removed: _, ...state } = { ...aState('m'), removed: 0 };
  expect(readChange(images(encodeState(state)))).toMatchObject({ kind: 'state', after: { name: 'm' } });
  expect(readChange(images(encodeObservation(anObservation('m', 'a', 3))))?.kind).toBe('observation');
  expect(readChange(images(encodeVote(aVote('m', 7, 'a'))))).toBeUndefined();
});

test.for([
  ['no record', null, 'tells of a change in "dynamodb"'],
  ['no change', {}, 'tells of a change in "dynamodb"'],
  ['no image', { dynamodb: { NewImage: 'none' } }, 'is none of an item'],
  ['an image of no known type', { dynamodb: { NewImage: { pk: { X: 'm' } } } }, 'is none of an item'],
  ['an image without its key', { dynamodb: { NewImage: { pk: { S: 'MASTER#m' } } } }, 'has no key'],
  ['a key that is no text', { dynamodb: { NewImage: { pk: { N: '1' }, sk: { S: 's' } } } }, 'has no key'],
] as const)('%s is unreadable, and says so', ([, record, message]) => {
  expect(() => readChange(record as StreamRecord)).toThrow(Unreadable);
  expect(() => readChange(record as StreamRecord)).toThrow(message);
});

test('a number of a later version that JavaScript cannot hold does not make a record unreadable', () => {
  const NewImage = { ...marshall(encodeState(aState('m'))), later: { N: '12345678901234567890123.5' } };
  expect(readChange({ dynamodb: { NewImage } })?.kind).toBe('state');
});
