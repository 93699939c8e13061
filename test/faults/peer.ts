/** The yardstick under test: three real redis-sentinel processes, with a door before each and before each node. */
import type { Door } from './door.ts';
import type { Fault } from './fault.ts';
import type { Group } from './group.ts';
import { beginOnGroup, isGroupFault } from './group-faults.ts';
import type { PeerEvents } from './peer-events.ts';
import { beginAmongPeers } from './peer-faults.ts';
import type { RedisSentinel } from './redis-sentinel.ts';
import type { Lift, Subject } from './subject.ts';

export const PEER_MASTER = 'mymaster';

export interface Parts {
  readonly sentinels: readonly RedisSentinel[];
  readonly doors: readonly Door[];
  readonly events: PeerEvents;
  readonly readUrl: string;
}

export class Peer implements Subject {
  readonly title = 'redis-sentinel';
  readonly master = PEER_MASTER;
  readonly group: Group;
  readonly readUrl: string;
  /** Each of them answers from what it knows itself, and a client may be told of a failover late. */
  readonly judged = false;
  readonly #parts: Parts;
  readonly #started: AsyncDisposableStack;
  #lastMaster: string;

  constructor(group: Group, parts: Parts, started: AsyncDisposableStack) {
    this.group = group;
    this.readUrl = parts.readUrl;
    this.#parts = parts;
    this.#started = started;
    this.#lastMaster = group.nameOf(0);
  }

  /** As the first that answers has it; while none does, as the last one had. */
  async currentMaster(): Promise<string> {
    for (const sentinel of this.#parts.sentinels) {
      const master = await sentinel.masterOf(this.master).catch(() => undefined);
      if (!master) continue;
      this.#lastMaster = master.address;
      break;
    }
    return this.#lastMaster;
  }

  async begin(fault: Fault): Promise<Lift | undefined> {
    if (isGroupFault(fault)) return beginOnGroup(this.group, await this.currentMaster(), fault);
    return beginAmongPeers({ name: this.master, ...this.#parts }, fault);
  }

  async unsettled(): Promise<string | undefined> {
    const told = await Promise.all(this.#parts.sentinels.map((sentinel) => sentinel.masterOf(this.master)));
    const [first] = told;
    for (const one of told) {
      if (one.flags !== 'master') return `a sentinel holds the master for ${one.flags}`;
      if (one.address !== first?.address) return `one says ${first?.address}, another ${one.address}`;
    }
    return undefined;
  }

  get switches(): readonly string[] {
    return this.#parts.events.all.flatMap(({ type }) => (type === '+promoted-slave' ? ['automatic'] : []));
  }

  completed(): number {
    return this.#parts.events.all.filter(({ type }) => type === '+failover-end').length;
  }

  broken(): readonly string[] {
    return [];
  }

  events(): readonly string[] {
    return this.#parts.events.all.map(({ at, zone, type, payload }) => {
      return `${new Date(at).toISOString().slice(14)} sentinel ${zone} ${type} ${payload}`;
    });
  }

  /** They write what they publish. */
  takeLog(): readonly string[] {
    return [];
  }

  watched(): readonly number[] {
    return this.#parts.sentinels.flatMap(({ pid }) => pid ?? []);
  }

  async end(): Promise<void> {
    await this.#started.disposeAsync();
  }
}
