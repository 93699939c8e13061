/**
 * What becomes of a batch of changes: zones are woken first, then the events are told and the DNS names follow, all
 * targets side by side so that one that fails keeps none of the others waiting, and then the history is written.
 *
 * Everything is bounded in time, for the next batch, with its wakes, waits for this one: four tries of a record that
 * nothing helps stay below a minute.
 */
import type { SentinelId } from '../core/model.ts';
import type { Clock, Publisher, Telemetry } from '../ports.ts';
import { type BatchRecord, byMaster } from './batch.ts';
import { NameFollower, type NameFollowerPorts } from './name-follower.ts';
import { publish } from './publishing.ts';
import { Wakes, type ZoneWake } from './wakes.ts';

/** Requests leave in the order in which they are begun: this is how long publishing waits for wakes to be taken. */
const HEAD_START_MS = 300;
const TARGETS_MS = 5000;
const HISTORY_MS = 4000;

export interface RelayPorts {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Rejects when waking it should be tried again. */
  wake(zone: SentinelId, reason: string): Promise<void>;
  readonly publishers: readonly Publisher[];
  readonly naming?: NameFollowerPorts;
  readonly history?: Publisher;
}

export class Relay {
  readonly #ports: RelayPorts;
  readonly #wakes: Wakes;
  readonly #follower: NameFollower | undefined;

  constructor(ports: RelayPorts, zones: Iterable<SentinelId>) {
    this.#ports = ports;
    this.#wakes = new Wakes(zones);
    this.#follower = ports.naming && new NameFollower(ports.naming);
  }

  /** @returns the records that must be tried again, with all that come after the first of them */
  async relay(batch: readonly BatchRecord[]): Promise<BatchRecord[]> {
    const { clock } = this.#ports;
    const waking = this.#wakeAll(this.#wakes.of(batch, clock.now().mono));
    const waited = new AbortController();
    await Promise.race([waking, clock.sleep(HEAD_START_MS, waited.signal)]);
    waited.abort();
    const failed = (await Promise.all([waking, this.#tell(batch)])).flat();
    return batch.filter((record) => failed.includes(record));
  }

  async #wakeAll(wakes: readonly ZoneWake[]): Promise<BatchRecord[]> {
    const failed = wakes.map(async ({ zone, reasons, records }) => {
      try {
        await this.#ports.wake(zone, reasons.join('; '));
        return [];
      } catch (error) {
        const { message: reason } = error as Error;
        this.#ports.telemetry.log('error', `zone ${zone} was not woken`, { zone, reason });
        return records;
      }
    });
    return (await Promise.all(failed)).flat();
  }

  async #tell(batch: readonly BatchRecord[]): Promise<BatchRecord[]> {
    const { telemetry, publishers, history } = this.#ports;
    const signal = AbortSignal.timeout(TARGETS_MS);
    const failed = await Promise.all([
      ...publishers.map((publisher) => publish(batch, publisher, telemetry, signal)),
      this.#follow(batch, signal),
    ]);
    if (history) failed.push(await publish(batch, history, telemetry, AbortSignal.timeout(HISTORY_MS)));
    return failed.flat();
  }

  /** Once for each master, however often it switched: the name follows the table, not the records. */
  async #follow(batch: readonly BatchRecord[], signal: AbortSignal): Promise<BatchRecord[]> {
    const follower = this.#follower;
    if (!follower) return [];
    const failed = [...byMaster(batch)].map(async ([master, records]) => {
      const behind = records.find(
        ({ change }) => change.kind === 'state' && follower.mayBeBehind(change.after),
      );
      if (!behind) return [];
      try {
        await follower.follow(master, signal);
        return [];
      } catch (error) {
        const { message: reason } = error as Error;
        this.#ports.telemetry.log('error', `the DNS name of ${master} did not follow`, { master, reason });
        return [behind];
      }
    });
    return (await Promise.all(failed)).flat();
  }
}
