/** What is asked of everything that was let in. */
import { expect } from 'vitest';
import type { NodeInfo } from '../../src/core/info.ts';
import {
  type Address,
  EVENTS_KEPT,
  isHost,
  type MasterState,
  type RecordedEvent,
} from '../../src/core/model.ts';

/** Without control characters, without half a sign, and with an end. */
export function isPrintable(text: string): boolean {
  return !/\p{Cc}/u.test(text) && text.isWellFormed() && text.length <= 4096;
}

export function expectPrintable(...texts: readonly string[]): void {
  for (const text of texts)
    if (!isPrintable(text)) expect.fail(`not fit to be shown: ${JSON.stringify(text)}`);
}

export function expectAddress({ host, port }: Address): void {
  expect(isHost(host) && Number.isInteger(port) && port >= 1 && port <= 65_535).toBe(true);
}

function expectBytes(offset: number): void {
  expect(Number.isSafeInteger(offset) && offset >= 0).toBe(true);
}

export function expectSoundInfo(info: NodeInfo): void {
  expectBytes(info.offset);
  const { replicationId, replicationId2, runId = '', zone = '', upstream } = info;
  expectPrintable(replicationId, replicationId2, runId, zone);
  for (const { address, state, offset } of info.replicas) {
    expectAddress(address);
    expectBytes(offset);
    expectPrintable(state);
  }
  if (info.role === 'master') expect(upstream).toBeUndefined();
  else expect(info.replicas).toEqual([]);
  if (upstream) expectAddress(upstream.address);
  for (const ms of [upstream?.lastIoAgoMs, upstream?.linkDownForMs, info.keys]) {
    if (ms !== undefined) expect(Number.isFinite(ms) && ms >= 0).toBe(true);
  }
  expect(Number.isFinite(upstream?.priority ?? 0)).toBe(true);
}

/** Each word of a payload is one: nothing a node told adds another to it. */
export function expectEvents(events: readonly RecordedEvent[], most = EVENTS_KEPT): void {
  expect(events.length).toBeLessThanOrEqual(most);
  for (const { type, payload } of events) expectPrintable(type, payload);
}

const ITEM_BYTES_MAX = 400 * 1024;

export function expectFits(state: MasterState): void {
  expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(ITEM_BYTES_MAX / 2);
}
