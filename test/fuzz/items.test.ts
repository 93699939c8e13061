import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeObservation,
  decodeSecret,
  decodeSentinel,
  decodeState,
  decodeVote,
  encodeObservation,
  encodeSecret,
  encodeSentinel,
  encodeState,
  encodeVote,
  type Item,
} from '../../src/adapters/dynamodb/codec.ts';
import { Views } from '../../src/adapters/dynamodb/views.ts';
import { describeMaster, renderMaster } from '../../src/http/master.ts';
import { Unreadable } from '../../src/ports.ts';
import { anObservation, aSentinel, aState, aTombstone, aVote } from '../store/samples.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { mutated } from './mutations.ts';
import type { Json } from './odd-values.ts';
import { expectAddress, expectPrintable } from './soundness.ts';

/** As it is after the wire: without what is undefined. */
const json = (item: object) => JSON.parse(JSON.stringify(item)) as Json;
const asItem = (key: Pick<Item, 'pk' | 'sk'>, fields: Json): Item =>
  ({ ...(typeof fields === 'object' ? fields : {}), pk: key.pk, sk: key.sk }) as Item;

/** The value, or undefined when it was refused as it should be: naming the item, in printable words. */
function read<T>(decode: (item: Item) => T, item: Item): T | undefined {
  try {
    return decode(item);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    expect(error.message).toContain(`${item.pk} ${item.sk}: `);
    expect(error.message).toMatch(/this version reads 1\.0\)$/);
    expectPrintable(error.message);
    return undefined;
  }
}

/** Names by which one object could change all of them: no version has such a field, and what reads items leaves them out. */
const NEVER_A_FIELD = ['__proto__', 'prototype', 'constructor'];

const STATES = [encodeState(aState('m')), encodeState(aTombstone('m'))];

test(
  'a state is refused by name, or read into one that can be written again and shown',
  async () => {
    const given = fc.oneof(...STATES.map((item) => mutated(json(item), 0)));
    await holds('states in the table', given, (fields) => {
      const item = asItem(STATES[0] as Item, fields);
      const state = read(decodeState, item);
      const { major } = (Object(item['schema']) ?? {}) as { major?: unknown };
      if (typeof major !== 'number' || !(major <= 1)) return expect(state).toBeUndefined();
      if (!state) return;
      const again = encodeState(state);
      expect(decodeState(again)).toEqual(state);
      const kept = Object.keys(item).filter((field) => !NEVER_A_FIELD.includes(field));
      expect(Object.keys(again)).toEqual(expect.arrayContaining(kept)); // what it does not know, too
      for (const { address } of [state.master, ...Object.values(state.replicas)]) expectAddress(address);
      const { downAfterMs, failoverTimeoutMs, leaseMs, alertIntervalMs } = state.directives;
      // a timer that is set for longer ends at once
      expect(Math.max(downAfterMs, failoverTimeoutMs, leaseMs, alertIntervalMs)).toBeLessThan(2 ** 31);
      expect(describeMaster(state).name).toBe('m');
      expect(renderMaster(state, 'text').body).toMatch(/^[^\s]+:\d+\n$/);
    });
  },
  FUZZ_TIMEOUT_MS,
);

interface Kind {
  readonly item: Item;
  readonly decode: (item: Item) => object;
  readonly encode: (value: never) => Item;
}

const OTHERS: readonly Kind[] = [
  {
    item: encodeObservation(anObservation('m', 'a', 3)),
    decode: decodeObservation,
    encode: encodeObservation,
  },
  { item: encodeVote(aVote('m', 7, 'a')), decode: decodeVote, encode: encodeVote },
  {
    item: encodeSentinel(aSentinel('a', 3), 'w'),
    decode: decodeSentinel,
    encode: (record) => encodeSentinel(record, 'w'),
  },
  {
    item: encodeSecret({ id: 'id', keyId: 'k', nonce: 'n', ciphertext: 'c' }),
    decode: decodeSecret,
    encode: encodeSecret,
  },
];

const other = fc.oneof(
  ...OTHERS.map((kind) => mutated(json(kind.item), 0).map((fields) => ({ kind, fields }))),
);

test(
  'an observation, a vote, a heartbeat or a secret is refused by name, or can be written again',
  async () => {
    await holds('other items in the table', other, ({ kind, fields }) => {
      const item = asItem(kind.item, fields);
      const found = read(kind.decode, item);
      if (found) expect(kind.decode(kind.encode(found as never))).toEqual(found);
    });
  },
  FUZZ_TIMEOUT_MS,
);

test(
  'one bad item does not blind the view: what is sound beside it is read',
  async () => {
    const good = encodeObservation(anObservation('m', 'good', 3));
    const given = fc.tuple(fc.array(other, { maxLength: 6 }), mutated(json(STATES[0] as Item), 0, 1));
    await holds('views of a partition', given, ([others, stateFields]) => {
      const told: string[] = [];
      const views = new Views({
        log: (level, message, fields) => told.push(JSON.stringify({ level, message, fields })),
      });
      const items = others.map(({ kind, fields }) => asItem(kind.item, fields));
      const state = asItem(STATES[0] as Item, stateFields);
      const readable = read(decodeState, state);
      const view = () => views.assemble([...items, state, good]);
      if (!readable) expect(view).toThrow(Unreadable);
      else expect(view().state).toEqual(readable);
      const { observations, votes } = views.assemble([...items, good]);
      expect(observations.at(-1)?.sentinel).toBe('good');
      const inView = items.filter(({ sk }) => /^(OBS|VOTE)#/.test(sk));
      const passedOver = inView.length - (observations.length - 1) - votes.length;
      expect(told.length > 0).toBe(passedOver > 0);
      expectPrintable(...told);
    });
  },
  FUZZ_TIMEOUT_MS,
);
