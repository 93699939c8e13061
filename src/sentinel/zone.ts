/**
 * One zone's sentinel: an invocation is a pulse; trouble turns it into the zone's alert, which stays, looks fast, and
 * hands over before the function's deadline. One incarnation at a time holds a zone's alert.
 *
 * The hint `alertUntil` only spares work. Safety rests on conditions: the incarnation taken by a conditional write,
 * and the compare-and-set of every state.
 */
import type { ContinuousMetrics } from '../core/metrics.ts';
import { type Address, type MonoMs, nodeId, type SentinelId } from '../core/model.ts';
import { Alert, type AlertEnd } from './alert.ts';
import { guarded } from './guarded.ts';
import { Measurements } from './measurements.ts';
import { hint, load, look, settle } from './tick.ts';
import { Vigil } from './vigil.ts';
import { keepVigil, newWatch, type Ports, type Watch } from './watch.ts';
import { ZoneRecord } from './zone-record.ts';

const NAMES_MS = 10_000;
const PULSE_LOOK_MS_MAX = 500;
/** A reason of its own: the default one is an error, and its stack is worked out at every pulse. */
const OVER = 'the invocation is over';

export interface ZoneOptions {
  readonly id: SentinelId;
  /** Time between two pulses. */
  readonly pulseMs: number;
  /** @default 'none' */
  readonly continuousMetrics?: ContinuousMetrics;
  /** Where clients reach its Sentinel port, asked at each heartbeat. @default - it has none */
  readonly address?: () => Address | undefined;
}

/** How an invocation ended. */
export type Invocation =
  /** Nothing called for more than the look. */
  | { readonly outcome: 'calm' }
  /** The table was read, and what could be done at the pulse's pace was done. */
  | { readonly outcome: 'settled' }
  | { readonly outcome: 'alert held elsewhere' }
  /** The table did not answer: nothing was changed. */
  | { readonly outcome: 'frozen' }
  | { readonly outcome: AlertEnd; readonly incarnation: number };

export class Zone {
  readonly #ports: Ports;
  readonly #options: ZoneOptions;
  readonly #record: ZoneRecord;
  readonly #measurements: Measurements | undefined;
  readonly #watches = new Map<string, Watch>();
  #namesReadAt: MonoMs = Number.NEGATIVE_INFINITY;

  constructor(ports: Ports, options: ZoneOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#record = new ZoneRecord(options, ports);
    const { continuousMetrics: continuous = 'none' } = options;
    this.#measurements = ports.metrics && new Measurements(ports, ports.metrics, { ...options, continuous });
  }

  /**
   * @param woken - something stands in the table that this zone should look at
   * @param deadline - when the platform ends this invocation, on this process' monotonic clock
   */
  async invoke(woken: boolean, deadline: MonoMs): Promise<Invocation> {
    const over = new AbortController();
    const vigil = new Vigil(this.#ports.clock);
    void vigil.keep(over.signal);
    try {
      return await this.#invoke(woken, deadline, vigil);
    } finally {
      over.abort(OVER);
      // between invocations nobody looks, and that is all
      for (const watch of this.#watches.values()) watch.vigil = undefined;
    }
  }

  async #invoke(woken: boolean, deadline: MonoMs, vigil: Vigil): Promise<Invocation> {
    const askFirst = woken || this.#watches.size === 0; // for these another incarnation is likely to be at it
    const [heldBefore] = await Promise.all([
      askFirst ? this.#heldElsewhere() : false,
      this.#guarded('reading the names', () => this.#refreshNames(woken)),
    ]);
    if (heldBefore !== false) return notMine(heldBefore);

    const called = await this.#pulse(woken, vigil);
    if (called.length === 0) return this.#endCalmly('calm');
    const held = askFirst ? false : await this.#heldElsewhere();
    if (held !== false) return notMine(held);
    const urgent = called.some(({ urgent }) => urgent) || (await this.#settleAll(called));
    return urgent ? this.#beInAlert(deadline, vigil) : this.#endCalmly('settled');
  }

  async #beInAlert(deadline: MonoMs, vigil: Vigil): Promise<Invocation> {
    const incarnation = await this.#guarded('taking the alert', () => this.#record.takeAlert());
    if (incarnation === undefined) return { outcome: 'alert held elsewhere' };
    const alert = new Alert(
      this.#ports,
      this.#record,
      { id: this.#options.id, incarnation },
      {
        incarnation,
        deadline,
        pulseMs: this.#options.pulseMs,
        pulseLookMs,
        vigil,
        watches: () => this.#watches.values(),
        eachSecond: async () => {
          void this.#measurements?.tell(this.#watches.values()); // no master's loop is to wait for it
          // the wakes that tell of a new one are turned away meanwhile
          await this.#guarded('reading the names', () => this.#refreshNames(true));
        },
      },
    );
    const outcome = await alert.run();
    if (outcome === 'alert over' && (await alert.missedWake())) return this.#beInAlert(deadline, vigil);
    await this.#measurements?.tell(this.#watches.values());
    return { outcome, incarnation };
  }

  async #endCalmly(outcome: 'calm' | 'settled'): Promise<Invocation> {
    await this.#guarded('the heartbeat', () => this.#record.beat());
    await this.#measurements?.tell(this.#watches.values());
    return { outcome };
  }

  /** @returns undefined when the table did not answer */
  #heldElsewhere(): Promise<boolean | undefined> {
    return this.#guarded('reading the zone record', () => this.#record.alertHeldElsewhere());
  }

  /** One look at every node of every master; those that call for more than that, and whether for the alert. */
  async #pulse(woken: boolean, vigil: Vigil): Promise<{ watch: Watch; urgent: boolean }[]> {
    const found = await Promise.all(
      [...this.#watches.values()].map(async (watch) => {
        keepVigil(watch, vigil);
        return this.#guarded(`looking at ${watch.name}`, async () => {
          if (!watch.read) await load(watch, this.#ports);
          await look(watch, this.#ports, { timeoutMs: pulseLookMs(watch), full: false });
          const decision = hint(watch, this.#ports, { id: this.#options.id });
          return decision || woken ? { watch, urgent: decision?.pace.kind === 'alert' } : undefined;
        });
      }),
    );
    this.#keepConnections();
    return found.filter((one) => one !== undefined);
  }

  /** @returns whether any of them calls for the alert */
  async #settleAll(called: readonly { watch: Watch }[]): Promise<boolean> {
    const self = { id: this.#options.id };
    const paces = await Promise.all(
      called.map(({ watch }) =>
        this.#guarded(`looking after ${watch.name}`, () => settle(watch, this.#ports, self)),
      ),
    );
    return paces.some((pace) => pace?.kind === 'alert');
  }

  async #refreshNames(anew: boolean): Promise<void> {
    const now = this.#ports.clock.now().mono;
    if (!anew && now - this.#namesReadAt < NAMES_MS) return;
    const names = new Set(await this.#ports.store.names());
    this.#namesReadAt = now;
    for (const name of names) {
      if (!this.#watches.has(name)) this.#watches.set(name, newWatch(name, now, this.#options.pulseMs));
    }
    for (const name of this.#watches.keys()) {
      if (!names.has(name)) this.#watches.delete(name);
    }
  }

  #keepConnections(): void {
    const states = [...this.#watches.values()].flatMap(({ read }) => (read ? [read.state] : []));
    const nodes = states.flatMap(({ master, replicas }) => [master, ...Object.values(replicas)]);
    const unique = new Map(nodes.map(({ address }) => [nodeId(address), address]));
    this.#ports.nodes.keepOnly([...unique.values()]);
  }

  #guarded<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    return guarded(this.#ports.telemetry, what, work);
  }
}

function notMine(held: true | undefined): Invocation {
  return { outcome: held ? 'alert held elsewhere' : 'frozen' };
}

function pulseLookMs({ read }: Watch): number {
  return Math.min(PULSE_LOOK_MS_MAX, (read?.state.directives.downAfterMs ?? PULSE_LOOK_MS_MAX) / 2);
}
