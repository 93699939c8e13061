/** What happens to redis-sentinel processes, and on the way from one to the other. */
import type { Step } from '../local/kills.ts';
import type { Door, Weather } from './door.ts';
import type { Fault, Trouble } from './fault.ts';
import { zoneCaller } from './group.ts';
import type { GroupFault } from './group-faults.ts';
import type { PeerEvents } from './peer-events.ts';
import type { RedisSentinel } from './redis-sentinel.ts';
import type { Lift } from './subject.ts';

export interface Peers {
  readonly name: string;
  readonly sentinels: readonly RedisSentinel[];
  readonly doors: readonly Door[];
  readonly events: PeerEvents;
}

/** What the leader publishes when it has come to that step; the others' votes are heard from them. */
const PUBLISHED: Readonly<Record<Step, string>> = {
  'election opened': '+try-failover',
  'votes cast': '+vote-for-leader',
  elected: '+elected-leader',
  'intent written': '+selected-slave',
  promoted: '+promoted-slave',
  switched: '+failover-end',
  'one replica reconfigured': '+slave-reconf-done',
};

const NOTHING: Lift = async () => {};

/** @returns undefined for what only a table can do */
export async function beginAmongPeers(
  peers: Peers,
  fault: Exclude<Fault, GroupFault>,
): Promise<Lift | undefined> {
  switch (fault.kind) {
    case 'zone killed':
    case 'zone gone':
      return killed(peers, fault.zone, fault.kind === 'zone gone');
    case 'zone hung':
      return hung(peers, fault.zone);
    case 'leader killed':
    case 'leader hung':
      return armAt(peers, fault.step, fault.kind === 'leader killed');
    case 'agreement':
      return apart(peers, fault.zones, fault.trouble);
    case 'asked':
      await ask(peers);
      return NOTHING;
    case 'endpoint':
    case 'no wakes':
      return undefined;
  }
}

async function killed({ sentinels }: Peers, zone: number, keepDown: boolean): Promise<Lift> {
  const sentinel = sentinels[zone];
  await sentinel?.kill();
  if (!keepDown) await sentinel?.start();
  return async () => sentinel?.start();
}

async function hung({ sentinels }: Peers, zone: number): Promise<Lift> {
  const wake = sentinels[zone]?.hang();
  return async () => wake?.();
}

async function armAt(peers: Peers, step: Step, kill: boolean): Promise<Lift> {
  let struck: Promise<Lift> | undefined;
  const disarm = peers.events.onEvent(({ type, zone }) => {
    if (struck || type !== PUBLISHED[step]) return;
    struck = kill ? killed(peers, zone, true) : hung(peers, zone);
  });
  return async () => {
    disarm();
    const lift = await struck;
    await lift?.();
  };
}

/** What the table is to our zones, their links among each other are to them. */
async function apart(peers: Peers, zones: readonly number[], trouble: Trouble): Promise<Lift | undefined> {
  const weather = weatherLike(trouble);
  if (!weather) return undefined;
  const set = async (to: Weather | undefined) => {
    for (const [at, door] of peers.doors.entries()) {
      for (const from of peers.doors.keys()) {
        if (zones.includes(at) || zones.includes(from)) await door.set(zoneCaller(from), to);
      }
    }
  };
  await set(weather);
  return () => set(undefined);
}

function weatherLike(trouble: Trouble): Weather | undefined {
  switch (trouble.kind) {
    case 'refuses':
    case 'throttles':
    case 'is cut':
      return { kind: 'refuses' };
    case 'is silent':
      return { kind: 'silent', way: 'both' };
    case 'loses replies':
      return { kind: 'silent', way: 'back' };
    case 'slow':
      return trouble;
    case 'wrong clock':
      return undefined;
  }
}

/** It knows no coordinated failover: its own is forced. The first that answers is asked; it may refuse. */
async function ask({ sentinels, name }: Peers): Promise<void> {
  for (const sentinel of sentinels) {
    const answered = await sentinel
      .ask((client) => client.call('SENTINEL', 'FAILOVER', name))
      .catch((error: Error) => /^(INPROG|NOGOODSLAVE)/.test(error.message));
    if (answered) return;
  }
}
