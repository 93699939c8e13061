/**
 * Zones and groups of nodes on one virtual clock, without any fault but what the test does: for what takes
 * minutes. The zones are woken as the relay wakes them, and run in environments that serve one invocation at a time.
 */
import { IoredisNodes } from '../../src/adapters/redis/nodes.ts';
import type { Change } from '../../src/core/change.ts';
import { type MasterState, nodeId, type RecordedEvent } from '../../src/core/model.ts';
import { Wakes } from '../../src/relay/wakes.ts';
import { Operator } from '../../src/sentinel/operate.ts';
import { Zone } from '../../src/sentinel/zone.ts';
import { Cluster } from '../simulation/world/cluster.ts';
import { Host } from '../simulation/world/host.ts';
import type { SimulatedNode } from '../simulation/world/node.ts';
import { Random } from '../simulation/world/random.ts';
import { NO_TROUBLE, SimulatedStore } from '../simulation/world/store.ts';
import { SimulatedTable } from '../simulation/world/table.ts';
import { Timeline } from '../simulation/world/timeline.ts';
import { connector } from '../simulation/world/wire.ts';

const STREAM_MS = 300;
const DEADLINE_MS = 900_000;
const ANSWERED_MS = 1000;

interface Environment {
  readonly host: Host;
  readonly zone: Zone;
  busy: boolean;
}

interface Happened {
  readonly at: number;
  readonly master: string;
  /** `+switch-master first 10.1.0.1 6379 10.1.0.2 6379`, whoever told it. */
  readonly event: string;
}

export class VirtualZones {
  readonly events: Happened[] = [];
  /** `master: words`, of every transaction that a node ran. */
  readonly executed: string[] = [];
  /** When which zone read which master. */
  readonly reads: { readonly at: number; readonly zone: string; readonly master: string }[] = [];
  readonly operator: Operator;
  readonly #timeline = new Timeline();
  readonly #random = new Random(1);
  readonly #zones: readonly string[];
  readonly #pulseMs: number;
  readonly #clusters: Cluster[] = [];
  readonly #environments: Environment[] = [];
  readonly #wakes: Wakes;
  readonly #table = new SimulatedTable({
    stateWritten: (_, before, after) => {
      this.#tell(after.name, after.events, before?.lastSeq ?? 0);
      this.#stream({ kind: 'state', before, after });
    },
    observationWritten: (_, before, after) => {
      this.#tell(after.master, after.events, before?.events.at(-1)?.seq ?? 0);
      this.#stream({ kind: 'observation', before, after });
    },
    voteCast() {},
    alertTaken() {},
  });

  constructor(pulseMs: number, zones: readonly string[]) {
    this.#zones = zones;
    this.#wakes = new Wakes(zones);
    this.#pulseMs = pulseMs;
    const door = new Host('operator', 'operator', this.#timeline, this.#random.fork(), 0);
    this.operator = new Operator({ store: this.#store(), clock: door.clock });
  }

  get now(): number {
    return this.#timeline.now;
  }

  /** A master, the first of these, and its replicas. */
  group(...hosts: string[]): Cluster {
    const addresses = hosts.map((host) => ({ host, port: 6379 }));
    const executing = (node: SimulatedNode, _: unknown, [words]: readonly (readonly string[])[]) =>
      void this.executed.push(`${node.id}: ${words?.join(' ')}`);
    const watchers = { executing, roleChanged() {} };
    const cluster = new Cluster(addresses, this.#timeline, this.#random.fork(), watchers);
    this.#clusters.push(cluster);
    return cluster;
  }

  async monitor(name: string, host: string, directives: Record<string, unknown> = {}): Promise<void> {
    const request = {
      name,
      host,
      port: 6379,
      directives: { quorum: Math.min(2, this.#zones.length), ...directives },
    };
    await this.done(this.operator.monitor(request, 'test'));
  }

  /** Their pulses begin, evenly staggered. */
  start(): void {
    this.#zones.forEach((zone, i) => {
      this.#pulse(zone, (i * this.#pulseMs) / this.#zones.length);
    });
  }

  /** Time goes on until the answer is there. */
  async done<A extends { readonly kind: string }>(asked: Promise<A>): Promise<void> {
    let answer: A | undefined;
    void asked.then((given) => {
      answer = given;
    });
    await this.#timeline.run(this.now + ANSWERED_MS, () => answer !== undefined);
    if (answer?.kind !== 'done') throw new Error(`answered ${JSON.stringify(answer)}`);
  }

  run(ms: number): Promise<void> {
    return this.#timeline.run(this.now + ms);
  }

  stateOf(name: string): MasterState | undefined {
    return this.#table.master(name).state;
  }

  /** The zones that are in alert, by their own records. */
  inAlert(): string[] {
    return this.#zones.filter((zone) => this.#table.sentinels.get(zone)?.alertUntil !== undefined);
  }

  /** When the event was told first, since `from`. */
  toldAt(master: string, event: string, from = 0): number | undefined {
    return this.events.find(
      (told) => told.at >= from && told.master === master && told.event.startsWith(event),
    )?.at;
  }

  #pulse(zone: string, afterMs: number): void {
    this.#timeline.quietly(afterMs, () => {
      this.#invoke(zone, false);
      this.#pulse(zone, this.#pulseMs);
    });
  }

  #stream(change: Change): void {
    this.#timeline.after(STREAM_MS, () => {
      const batch = [{ sequenceNumber: '1', change }];
      for (const { zone } of this.#wakes.of(batch, this.now)) this.#invoke(zone, true);
    });
  }

  #invoke(zone: string, woken: boolean): void {
    const free =
      this.#environments.find(({ host, busy }) => host.zone === zone && !busy) ?? this.#coldStart(zone);
    free.busy = true;
    void free.zone.invoke(woken, free.host.clock.now().mono + DEADLINE_MS).then(() => {
      free.busy = false;
    });
  }

  #coldStart(id: string): Environment {
    const host = new Host(id, id, this.#timeline, this.#random.fork(), 0);
    const connect = (...[to, events]: Parameters<ReturnType<typeof connector>>) => {
      const cluster = this.#clusters.find((one) => one.node(nodeId(to)));
      if (!cluster) throw new Error(`there is no node ${nodeId(to)}`);
      return connector(cluster, host, { execSent() {}, heard() {} })(to, events);
    };
    const zone = new Zone(
      {
        clock: host.clock,
        store: this.#store(host),
        nodes: new IoredisNodes({ clock: host.clock, connect }),
        telemetry: { log() {} },
        secrets: { reveal: unasked, keep: unasked },
        crash: unasked,
      },
      { id, pulseMs: this.#pulseMs },
    );
    const environment = { host, zone, busy: false };
    this.#environments.push(environment);
    return environment;
  }

  #store(host?: Host): SimulatedStore {
    const [table, timeline, random] = [this.#table, this.#timeline, this.#random.fork()];
    const store = new SimulatedStore({
      ...{ table, timeline, random, trouble: () => NO_TROUBLE },
      ...(host && { host }),
    });
    const readView = store.readView.bind(store);
    store.readView = (master) => {
      this.reads.push({ at: this.now, zone: host?.zone ?? '', master });
      return readView(master);
    };
    return store;
  }

  #tell(
    master: string,
    events: readonly Pick<RecordedEvent, 'seq' | 'type' | 'payload'>[],
    seen: number,
  ): void {
    for (const { type, payload } of events.filter(({ seq }) => seq > seen)) {
      this.events.push({ at: this.now, master, event: `${type} ${payload}` });
    }
  }
}

function unasked(): never {
  throw new Error('nothing here asks for it');
}
