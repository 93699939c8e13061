import { expect, test } from 'vitest';
import { Pulses } from '../../src/pacemaker/pulse.ts';
import { slotBody } from '../../src/pacemaker/slot-message.ts';
import { VirtualTime } from './virtual-time.ts';

const START = Date.UTC(2026, 10, 24, 12);

/** Pulses in virtual time, with zones that cannot be invoked. */
function pacemaker(broken: ReadonlySet<string> = new Set()) {
  const time = new VirtualTime(START);
  const invoked: string[] = [];
  const told: string[] = [];
  const pulses = new Pulses(
    {
      clock: { now: () => ({ wall: time.now, mono: time.now }), sleep: (ms) => time.sleep(ms) },
      telemetry: { log: (_level, message) => told.push(message) },
      invoke: async (zone) => {
        if (broken.has(zone)) throw new Error('Rate Exceeded');
        invoked.push(`${time.now - START} ${zone}`);
      },
    },
    { pulseMs: 1000, spanMs: 1000, zones: ['a', 'b', 'c'] },
  );
  return { time, invoked, told, pulses };
}

const delivery = (slot: number) => ({
  body: slotBody({ slot, at: slot }, 0),
  sentAt: slot,
  firstReceivedAt: slot,
});

test('a slot makes the zones look in turn, and a second delivery of it nobody', async () => {
  const { time, invoked, pulses } = pacemaker();
  const done = [pulses.deliver(delivery(START)), pulses.deliver(delivery(START))];
  await time.run();
  expect(await Promise.all(done)).toEqual([true, true]);
  expect(invoked).toEqual(['0 a', '333 b', '667 c']);
});

test('a zone that cannot be invoked holds up no other, and is tried again alone', async () => {
  const broken = new Set(['b']);
  const { time, invoked, told, pulses } = pacemaker(broken);
  const first = pulses.deliver(delivery(START));
  await time.run();
  expect(await first).toBe(false);
  expect(told).toEqual(['zone b could not be invoked: Rate Exceeded']);
  broken.clear();
  const second = pulses.deliver(delivery(START));
  await time.run();
  expect(await second).toBe(true);
  expect(invoked).toEqual(['0 a', '667 c', '1000 b']);
});

test.each([
  ['what cannot be read', { body: 'x' }, /^a message was passed over: /],
  ['what is too late', { body: `{"slot":${START - 1001}}` }, /too late/],
])('%s is passed over for good', async (_, message, why) => {
  const { invoked, told, pulses } = pacemaker();
  expect(await pulses.deliver(message)).toBe(true);
  expect(invoked).toEqual([]);
  expect(told).toEqual([expect.stringMatching(why)]);
});
