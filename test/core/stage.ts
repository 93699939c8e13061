/** The made-up world of one transcript: what time it is, what stands in the table, and who remembers what. */
import type { NodeCommand } from '../../src/core/commands.ts';
import { readDirectives } from '../../src/core/directives.ts';
import {
  type Address,
  type Instant,
  type MasterState,
  type Observation,
  SCHEMA,
  type SentinelId,
  type Vote,
} from '../../src/core/model.ts';
import type { Memory, Self } from '../../src/core/view.ts';

export interface Stage {
  now: Instant;
  state: MasterState;
  votes: readonly Vote[];
  readonly observations: Map<SentinelId, Observation>;
  readonly processes: Map<string, Process>;
  speaker: Process | undefined;
  /** Requests of operators, each with an id of its own. */
  asked: number;
}

/** One process of one zone: what it remembers, and the commands its last decision sent. */
export interface Process {
  self: Self;
  memory: Memory;
  sent: readonly NodeCommand[];
}

export const START: Instant = { wall: Date.UTC(2026, 10, 24), mono: 1_000_000 };

const MONITORED = START.wall - 60_000;
const MONITOR = 'master mymaster n1 6379 quorum 2';

export function newStage(): Stage {
  return {
    now: START,
    state: firstState(),
    votes: [],
    observations: new Map(),
    processes: new Map(),
    speaker: undefined,
    asked: 0,
  };
}

/** A master that is monitored and of which nothing is known yet; a story tells the rest. */
function firstState(): MasterState {
  const directives = readDirectives({
    quorum: 2,
    'down-after-milliseconds': 1000,
    'resolve-hostnames': 'yes', // the stories' nodes are called n1, n2, n3
  });
  if (!directives.ok) throw new Error('the first directives are wrong');
  return {
    schema: SCHEMA,
    name: 'mymaster',
    rev: 1,
    writeId: 'story',
    directives: directives.value,
    currentEpoch: 0,
    configEpoch: 0,
    master: { address: { host: 'n1', port: 6379 } },
    replicas: {},
    voters: ['a', 'b', 'c'],
    events: [{ seq: 1, at: MONITORED, by: 'operator', type: '+monitor', payload: MONITOR }],
    lastSeq: 1,
  };
}

export function speaking({ speaker }: Stage): Process {
  if (!speaker) throw new Error('who speaks? Say so first: self a/1');
  return speaker;
}

export function pass(stage: Stage, ms: number): void {
  stage.now = { wall: stage.now.wall + ms, mono: stage.now.mono + ms };
}

export function address(text: string): Address {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port)) throw new Error(`not host:port: ${text}`);
  return { host: text.slice(0, colon), port };
}
