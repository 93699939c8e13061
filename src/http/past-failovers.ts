/** Failovers that are over, as their events tell them: the state keeps the record of the last one only. */
import { type Address, type NodeId, nodeId, type RecordedEvent, type Timeline } from '../core/model.ts';

/** What the events tell of a failover: neither who was passed over nor who had asked for it. */
export interface ToldFailover {
  readonly epoch: number;
  readonly leader?: string;
  readonly from: NodeId;
  readonly to?: NodeId;
  readonly outcome: string;
  readonly writesLost?: number;
  readonly timeline: Timeline;
}

type Open = {
  readonly [field in keyof Omit<ToldFailover, 'outcome'>]: ToldFailover[field];
} & { readonly timedOut?: boolean };

interface Reading {
  readonly epoch: number;
  readonly odown?: number;
  readonly open?: Open;
  readonly past: readonly ToldFailover[];
}

/** @param events - in their order; a failover whose beginning is not among them is left out */
export function failoversToldBy(events: readonly RecordedEvent[]): readonly ToldFailover[] {
  return events.reduce<Reading>(readOn, { epoch: 0, past: [] }).past;
}

function readOn(reading: Reading, event: RecordedEvent): Reading {
  const { type, at, payload } = event;
  const { open, epoch } = reading;
  if (type === '+new-epoch') return { ...reading, epoch: Number(payload) };
  if (type === '+odown') return { ...reading, odown: at };
  if (type === '-odown') return without(reading, 'odown');
  if (type === '+try-failover') return { ...reading, open: begun(reading, event) };
  if (!open) return reading;
  const outcome = endedBy(open, type);
  if (outcome === undefined) return { ...reading, open: goneOn(open, event, epoch) };
  const { timedOut: _, to, ...rest } = open;
  const switched = open.timeline.switched !== undefined;
  const ended = {
    ...rest,
    ...(switched && to !== undefined && { to }),
    outcome,
    timeline: { ...open.timeline, ended: at },
  };
  return { epoch, past: [...reading.past, ended] };
}

/** Who stands for an open one means to resume it: it is of that epoch only once somebody leads it there. */
function begun({ open, epoch, odown }: Reading, { at, payload }: RecordedEvent): Open {
  if (open) return open;
  const timeline = { started: at, ...(odown !== undefined && { odown }) };
  return { epoch, from: nodeIn(payload, 2), timeline };
}

function goneOn(open: Open, { type, at, by, payload }: RecordedEvent, epoch: number): Open {
  const reached = (step: keyof Timeline) => ({ timeline: { ...open.timeline, [step]: at } });
  switch (type) {
    case '+elected-leader':
      return { ...open, ...reached('elected'), epoch, leader: by };
    case '+selected-slave':
      return { ...open, ...reached('intended'), to: nodeIn(payload, 2) };
    case '+promoted-slave':
      return { ...open, ...reached('promoted') };
    case '+switch-master':
      return { ...open, ...reached('switched'), to: nodeIn(payload, 3) };
    case '+failover-writes-lost':
      return { ...open, writesLost: Number(/#(\d+) bytes/.exec(payload)?.[1] ?? 0) };
    case '+failover-end-for-timeout':
      return { ...open, timedOut: true };
    default:
      return open;
  }
}

function endedBy({ timeline, timedOut, leader }: Open, type: string): string | undefined {
  if (type === '+failover-end') {
    return timedOut ? 'switched; some replicas were not reconfigured in time' : 'switched';
  }
  if (type === '-failover-abort-not-elected' && leader !== undefined) return undefined; // it waits for the next
  const [, why] = /^-failover-abort-(.+)$/.exec(type) ?? [];
  if (why !== undefined) return `aborted: ${why.replaceAll('-', ' ')}`;
  if (type === '+reset-master') return timeline.switched === undefined ? 'reset' : 'switched; reset';
  return undefined;
}

/** The host and the port that stand at two words of a payload. */
function nodeIn(payload: string, word: number): NodeId {
  const [host = '', port = ''] = payload.split(' ').slice(word);
  const address: Address = { host, port: Number(port) };
  return nodeId(address);
}

function without(reading: Reading, field: 'odown'): Reading {
  const { [field]: _, ...rest } = reading;
  return rest;
}
