/** The failovers of a master: the open one, and the last ones, each with its time line. */
import type { MasterState } from '../core/model.ts';
import type { EventHistory } from '../ports.ts';
import { readHistory } from './events.ts';
import {
  describeFailover,
  describeLastFailover,
  describeTimeline,
  type FailoverDescription,
  type LastFailoverDescription,
} from './master.ts';
import { failoversToldBy, type ToldFailover } from './past-failovers.ts';
import { stripped } from './printable.ts';

type ToldByEvents = 'leader' | 'kind' | 'passedOver';

/** Of the last one all is known; of those before it, what their events tell. */
export type PastFailoverDescription = Omit<LastFailoverDescription, ToldByEvents> &
  Partial<Pick<LastFailoverDescription, ToldByEvents>>;

export interface FailoversDescription {
  readonly name: string;
  readonly open?: FailoverDescription;
  /** The newest first. */
  readonly last: readonly PastFailoverDescription[];
}

/** Events that are read back: about ten a failover. */
const EVENTS_READ = 300;
const TOLD_MAX = 20;

/** @throws Unavailable */
export async function readFailovers(
  state: MasterState,
  history: EventHistory | undefined,
): Promise<FailoversDescription> {
  const { name, failover, lastFailover, lastSeq } = state;
  const firstKept = state.events[0]?.seq ?? lastSeq + 1;
  const before = await readHistory(history, name, Math.max(1, lastSeq - EVENTS_READ + 1), firstKept - 1);
  const told = failoversToldBy([...before, ...state.events])
    .filter(({ epoch }) => epoch !== lastFailover?.epoch)
    .map(describeTold);
  const record = lastFailover ? [describeLastFailover(lastFailover)] : [];
  const last = [...told, ...record].sort((a, b) => b.epoch - a.epoch).slice(0, TOLD_MAX);
  return stripped({ name, ...(failover && { open: describeFailover(failover) }), last });
}

function describeTold({ timeline, ...told }: ToldFailover): PastFailoverDescription {
  return { ...told, timeline: describeTimeline(timeline) };
}
