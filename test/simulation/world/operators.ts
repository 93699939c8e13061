/** What people ask for at the doors, through the production operations. */
import { type NodeId, nodeId } from '../../../src/core/model.ts';
import { Unavailable } from '../../../src/ports.ts';
import { Operator } from '../../../src/sentinel/operate.ts';
import type { Facts } from './facts.ts';
import type { Host } from './host.ts';
import type { SimulatedStore } from './store.ts';

export type Asked = 'coordinated' | 'forced' | 'reset' | 'set' | 'pause' | 'remove' | 'monitor' | 'fidget';

export class Operators {
  readonly #operator: Operator;
  readonly #facts: Facts;
  readonly #name: string;
  readonly #directives: Readonly<Record<string, unknown>>;
  #asked = 0;
  #fidgets = false;

  constructor(
    host: Host,
    store: SimulatedStore,
    facts: Facts,
    name: string,
    directives: Readonly<Record<string, unknown>>,
  ) {
    this.#operator = new Operator({ store, clock: host.clock });
    this.#facts = facts;
    this.#name = name;
    this.#directives = directives;
  }

  get operator(): Operator {
    return this.#operator;
  }

  /** @returns what takes it back, where it has to be */
  ask(what: Asked, to?: NodeId): () => void {
    const id = `request-${++this.#asked}`;
    switch (what) {
      case 'coordinated':
      case 'forced': {
        const node = to === undefined ? undefined : addressOf(to);
        const request = { id, coordinated: what === 'coordinated', ...(node && { to: node }) };
        this.#do(what, () => this.#operator.failover(this.#name, request, 'operator'));
        return () => {};
      }
      case 'reset':
        this.#do(what, () => this.#operator.reset('*', 'operator'));
        return () => {};
      case 'set':
        this.#setSomething();
        return () => {};
      case 'pause':
        this.#do(what, () => this.#operator.pause(this.#name, 'operator'));
        return () => this.resume();
      case 'remove':
        this.#do(what, () => this.#operator.remove(this.#name, 'operator'));
        return () => this.monitor();
      case 'monitor':
        this.monitor();
        return () => {};
      case 'fidget':
        this.#fidgets = true;
        this.#fidget();
        return () => {};
    }
  }

  resume(): void {
    this.#do('resume', () => this.#operator.resume(this.#name, `request-${++this.#asked}`, 'operator'));
  }

  /** The master as it was last known, again. */
  monitor(address = this.#facts.state?.master.address): void {
    if (!address) return;
    const { host, port } = address;
    const request = { name: this.#name, host, port, directives: this.#directives };
    this.#do('monitor', () => this.#operator.monitor(request, 'operator'));
  }

  set(directives: Readonly<Record<string, unknown>>): void {
    this.#do('set', () => this.#operator.set(this.#name, directives, 'operator'));
  }

  /** What holds failovers back is taken away, should a contended write have left it. */
  letGo(): void {
    this.set({ 'observe-only': 'no', 'min-replicas-visible': 0 });
  }

  #setSomething(): void {
    this.#asked += 1;
    this.set({ 'parallel-syncs': 1 + (this.#asked % 2) });
  }

  /** Somebody who changes something every half second, and does not stop. */
  #fidget(): void {
    if (!this.#fidgets) return;
    this.#setSomething();
    this.#facts.timeline.after(500, () => this.#fidget());
  }

  #do(what: string, ask: () => Promise<unknown>): void {
    this.#facts.note(() => `operator asks: ${what}`);
    ask().then(
      (answer) =>
        this.#facts.note(() => `operator is answered: ${what} ${(answer as { kind?: string }).kind ?? ''}`),
      (error: Error) => {
        if (error instanceof Unavailable) return;
        this.#facts.promise(false, () => `${what} threw: ${error.stack}`);
      },
    );
  }
}

function addressOf(id: NodeId) {
  const [host = '', port] = id.split(':');
  const address = { host, port: Number(port) };
  if (nodeId(address) !== id) throw new Error(`${id} is no node`);
  return address;
}
