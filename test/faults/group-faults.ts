/** What happens to the nodes and on the way to them: the same for whatever sentinels watch them. */

import type { Weather } from './door.ts';
import type { Fault } from './fault.ts';
import { type Group, nodeCaller, zoneCaller } from './group.ts';
import type { Lift } from './subject.ts';

const KINDS = ['node killed', 'node hung', 'path', 'path cut', 'replication'] as const;
export type GroupFault = Extract<Fault, { readonly kind: (typeof KINDS)[number] }>;

export function isGroupFault(fault: Fault): fault is GroupFault {
  return KINDS.some((kind) => kind === fault.kind);
}

export async function beginOnGroup(group: Group, master: string, fault: GroupFault): Promise<Lift> {
  switch (fault.kind) {
    case 'node killed':
      return together(group.playing([fault.node], master).map((i) => group.kill(i)));
    case 'node hung':
      return together(group.playing([fault.node], master).map((i) => group.hang(i)));
    case 'path': {
      const callers = fault.zones.map(zoneCaller);
      return weather(group, callers, group.playing(fault.nodes, master), fault.weather);
    }
    case 'path cut': {
      for (const i of group.playing(fault.nodes, master)) {
        for (const zone of fault.zones) group.doors[i]?.cut(zoneCaller(zone));
      }
      return async () => {};
    }
    case 'replication': {
      const callers = group.playing(fault.nodes, master).map(nodeCaller);
      return weather(group, callers, [...group.doors.keys()], fault.weather);
    }
  }
}

async function weather(
  group: Group,
  callers: readonly string[],
  nodes: readonly number[],
  weather: Weather,
): Promise<Lift> {
  const set = async (to: Weather | undefined) => {
    for (const i of nodes) for (const caller of callers) await group.doors[i]?.set(caller, to);
  };
  await set(weather);
  return () => set(undefined);
}

async function together(beginnings: readonly Promise<Lift>[]): Promise<Lift> {
  const lifts = await Promise.all(beginnings);
  return async () => {
    await Promise.all(lifts.map((lift) => lift()));
  };
}
