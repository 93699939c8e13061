/** A zone as its function runs it, whose lines are kept: on real nodes and the table, with a clock that can be moved on. */
import { onTestFinished, vi } from 'vitest';
import { dynamoClient } from '../../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { IoredisNodes } from '../../src/adapters/redis/nodes.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { embeddedMetrics } from '../../src/adapters/system/embedded-metrics.ts';
import { jsonTelemetry } from '../../src/adapters/system/telemetry.ts';
import type { ContinuousMetrics } from '../../src/core/metrics.ts';
import type { LoopClock } from '../../src/ports.ts';
import { tellingOutages } from '../../src/sentinel/table-outage.ts';
import { type Invocation, Zone } from '../../src/sentinel/zone.ts';
import { type Fixture, PULSE_MS } from '../sentinel/fixture.ts';

const MINUTE_MS = 60_000;
const INVOCATION_MS = 60_000;

export class MeasuredZone {
  readonly #zone: Zone;
  /** What the function writes, line by line. */
  readonly lines: string[] = [];
  readonly #clock: LoopClock;
  #aheadMs = 0;
  #wallAheadMs: number;

  constructor(fixture: Fixture, id: string, continuousMetrics: ContinuousMetrics) {
    // from the start of a minute, so that it does not end in the middle of a test
    this.#wallAheadMs = -(systemClock.now().wall % MINUTE_MS);
    const clock: LoopClock = {
      now: () => {
        const { wall, mono } = systemClock.now();
        return { wall: wall + this.#wallAheadMs, mono: mono + this.#aheadMs };
      },
      sleep: systemClock.sleep,
      turn: systemClock.turn,
    };
    this.#clock = clock;
    const write = (line: unknown) => this.lines.push(String(line)) > 0;
    vi.spyOn(process.stdout, 'write').mockImplementation(write);
    onTestFinished(() => void vi.restoreAllMocks());
    const telemetry = jsonTelemetry('info', { sentinel: id });
    const { endpoint, tableName } = fixture.table;
    const credentials = { accessKeyId: id, secretAccessKey: 'local' };
    const client = dynamoClient({ endpoint, region: 'local', credentials });
    const store = new DynamoStore({ client, tableName, telemetry });
    const nodes = new IoredisNodes({ clock });
    onTestFinished(() => nodes.close());
    const metrics = embeddedMetrics('Test');
    this.#zone = new Zone(
      {
        ...{ clock, telemetry, nodes, metrics, secrets: { reveal: unasked, keep: unasked } },
        store: tellingOutages(store, id, { clock, metrics }),
        crash: unasked,
      },
      { id, pulseMs: PULSE_MS, continuousMetrics },
    );
  }

  pulse(woken = false): Promise<Invocation> {
    return this.#zone.invoke(woken, this.#clock.now().mono + INVOCATION_MS);
  }

  /**
   * Pulses until so many were calm; one that found the machine standing still is none of them.
   * @returns what the calm ones wrote
   */
  async calmPulses(count: number): Promise<string[]> {
    const written: string[] = [];
    for (let calm = 0; calm < count; ) {
      const before = this.lines.length;
      const { outcome } = await this.pulse();
      if (outcome !== 'calm') continue;
      calm += 1;
      written.push(...this.lines.slice(before));
    }
    return written;
  }

  /** The next minute of the clock begins: between invocations nobody looks, and that is all. */
  nextMinute(): void {
    this.#aheadMs += MINUTE_MS;
    this.beginMinute();
  }

  /** The same for the calendar alone, as if this process had looked until now. */
  beginMinute(): void {
    this.#wallAheadMs += MINUTE_MS;
  }

  /** What was written since this was last asked. */
  newLines(): string[] {
    return this.lines.splice(0);
  }
}

function unasked(): never {
  throw new Error('not used here');
}
