/**
 * What the items' shapes are made of. Every object is loose: a field this version does not know stays where it is,
 * at any depth, so that it survives a rewrite by an older minor version.
 */
import * as v from 'valibot';
import { isHost } from '../../core/model.ts';
import { EPOCH_MAX } from './keys.ts';

export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const offset = v.pipe(v.number(), v.safeInteger());
export const positive = v.pipe(count, v.minValue(1));
/** A vote's key has room for no more digits, so that in a later epoch nobody could vote. */
export const epoch = v.pipe(count, v.maxValue(EPOCH_MAX));
/** The last moment that can be written as a date. */
const MOMENT_MS_MAX = 8.64e15;
/** The longest that a timer waits; one set for longer ends at once. */
const INTERVAL_MS_MAX = 2 ** 31 - 1;
export const milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(MOMENT_MS_MAX));
export const interval = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(INTERVAL_MS_MAX));
export const text = v.string();
export const id = v.pipe(v.string(), v.nonEmpty());
export const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
export const reasons = v.record(text, text);

export const schemaVersion = v.looseObject({ major: count, minor: count });
export const host = v.pipe(id, v.check(isHost, 'a host has the signs A-Z a-z 0-9 . _ : % - only'));
export const address = v.looseObject({ host, port });
export const incarnation = v.looseObject({ sentinel: id, incarnation: count });
export const event = v.looseObject({ seq: count, at: milliseconds, by: id, type: text, payload: text });

/** The members of a union, from an object the compiler refuses when the model gains a member it lacks. */
export function allOf<T extends string>(members: Readonly<Record<T, true>>): T[] {
  return Object.keys(members) as T[];
}
