/**
 * What must hold of the stored item for a write to take effect: every promise of the system rests on one of
 * these, each about a single item.
 *
 * ```
 *   nothing ──createState──► rev 1 ──compareAndSet──► rev 2 ─► …     itemDoesNotExist, then stateIsStill(seen)
 *   nothing ──castVote─────► vote, for ever                         itemDoesNotExist
 *   nothing ──putObservation► incarnation i ─► later word, or i + 1  notSupersededBy(mine)
 *   nothing ──putSentinel───► incarnation 1 ─► 1 (heartbeat) or 2    incarnationIsStill(seen)
 *   nothing ──setListed─────► directory entry ─► nothing             itemDoesNotExist; taken out without one
 *   nothing ──write─────────► sealed secret, for ever                itemDoesNotExist
 *   nothing ──compareAndSet─► seeding, further each minute           itemDoesNotExist, then seedingIsStill(seen)
 *   nothing ──publish───────► event of the history, till its ttl     itemDoesNotExist
 * ```
 */
import { type MasterState, type Observation, SCHEMA } from '../../core/model.ts';
import type { Seeding } from '../../ports.ts';

export interface Condition {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string | number>>;
}

export const itemDoesNotExist: Condition = { expression: 'attribute_not_exists(pk)', names: {}, values: {} };

/** A newer major version's item is left as it is. Items of the first versions may carry no schema. */
const schemaIsReadable: Condition = {
  expression: '(attribute_not_exists(#schema) OR #schema.#major <= :readableMajor)',
  names: { '#schema': 'schema', '#major': 'major' },
  values: { ':readableMajor': SCHEMA.major },
};

/** `rev` orders the writes; `writeId` tells two writes that reached the same `rev` apart. */
export function stateIsStill(seen: MasterState): Condition {
  return {
    expression: '#rev = :seenRev AND #writeId = :seenWriteId',
    names: { '#rev': 'rev', '#writeId': 'writeId' },
    values: { ':seenRev': seen.rev, ':seenWriteId': seen.writeId },
  };
}

/** No newer incarnation of this sentinel has written, nor this one since. */
export function notSupersededBy({ incarnation, seq }: Pick<Observation, 'incarnation' | 'seq'>): Condition {
  const notLater: Condition = {
    expression: '(#incarnation < :mine OR #incarnation = :mine AND #seq <= :seq)',
    names: { '#incarnation': 'incarnation', '#seq': 'seq' },
    values: { ':mine': incarnation, ':seq': seq },
  };
  return anyOf(itemDoesNotExist, allOf(notLater, schemaIsReadable));
}

/** The zone is still in the hands of the incarnation that was seen; 0 is a zone that never wrote. */
export function incarnationIsStill(seen: number): Condition {
  if (seen === 0) return itemDoesNotExist;
  const sameIncarnation: Condition = {
    expression: '#incarnation = :seenIncarnation',
    names: { '#incarnation': 'incarnation' },
    values: { ':seenIncarnation': seen },
  };
  return allOf(sameIncarnation, schemaIsReadable);
}

/** `writeId` too: a run that takes over what another left undone may seed through the same slot. */
export function seedingIsStill(seen: Seeding): Condition {
  return {
    expression: '#seededThrough = :seenThrough AND #writeId = :seenWriteId',
    names: { '#seededThrough': 'seededThrough', '#writeId': 'writeId' },
    values: { ':seenThrough': seen.seededThrough, ':seenWriteId': seen.writeId },
  };
}

function allOf(...conditions: readonly Condition[]): Condition {
  return join(' AND ', conditions);
}

function anyOf(...conditions: readonly Condition[]): Condition {
  return join(' OR ', conditions);
}

/** AND binds tighter than OR; DynamoDB refuses parentheses that change nothing, so none are added. */
function join(operator: ' AND ' | ' OR ', conditions: readonly Condition[]): Condition {
  return {
    expression: conditions.map(({ expression }) => expression).join(operator),
    names: Object.assign({}, ...conditions.map(({ names }) => names)),
    values: Object.assign({}, ...conditions.map(({ values }) => values)),
  };
}
