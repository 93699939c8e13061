import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SharedReads } from '../../src/http/shared-reads.ts';
import { createEndpoint } from './endpoint.ts';
import { monitored } from './state.ts';

/** Sleeps until it is woken or told that there is no need to. */
class Sleeper {
  readonly #asleep = new Set<() => void>();

  sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#asleep.add(resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  wake(): void {
    for (const resolve of this.#asleep) resolve();
  }
}

/** Reads that answer when they are told to, with what stands there at that moment. */
function table() {
  const sent: PromiseWithResolvers<number>[] = [];
  const sleeper = new Sleeper();
  const reads = new SharedReads<number>(() => {
    const one = Promise.withResolvers<number>();
    sent.push(one);
    return one.promise;
  }, sleeper);
  return { sent, sleeper, reads };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('reads of one key', () => {
  test('who asks while one is under way shares the next with all who do', async () => {
    const { sent, reads } = table();
    const first = reads.read('orders');
    const later = [reads.read('orders'), reads.read('orders'), reads.read('orders')];
    await turn();
    expect(sent).toHaveLength(1);
    sent[0]?.resolve(1);
    expect(await first).toBe(1);
    await turn();
    expect(sent).toHaveLength(2);
    sent[1]?.resolve(2);
    expect(await Promise.all(later)).toEqual([2, 2, 2]);
    void reads.read('orders');
    expect(sent).toHaveLength(3);
  });

  test('another key waits for nobody', () => {
    const { sent, reads } = table();
    void reads.read('orders');
    void reads.read('carts');
    expect(sent).toHaveLength(2);
  });

  test('one that does not come back holds the next up for a moment only', async () => {
    const { sent, sleeper, reads } = table();
    const lost = reads.read('orders');
    const next = reads.read('orders');
    sleeper.wake();
    await turn();
    sent[1]?.resolve(2);
    expect(await next).toBe(2);
    sent[0]?.resolve(1);
    expect(await lost).toBe(1);
  });

  test('a failure is told to those who shared it, and to nobody else', async () => {
    const { sent, reads } = table();
    const first = reads.read('orders');
    const later = [reads.read('orders'), reads.read('orders')];
    sent[0]?.reject(new Error('throttled'));
    await expect(first).rejects.toThrow('throttled');
    await turn();
    sent[1]?.resolve(2);
    expect(await Promise.all(later)).toEqual([2, 2]);
  });

  test('no answer is older than its question, and no question is left without one', async () => {
    const step = fc.constantFrom('ask', 'write', 'serve', 'serve the last', 'wake', 'turn');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        let written = 0;
        const sleeper = new Sleeper();
        const sent: { readonly held: number; readonly resolve: (value: number) => void }[] = [];
        // the worst there is: a read takes what stood there when it was sent
        const reads = new SharedReads<number>(
          () => new Promise((resolve) => sent.push({ held: written, resolve })),
          sleeper,
        );
        const asked: { readonly since: number; readonly answer: Promise<number> }[] = [];
        const serve = (one: (typeof sent)[number] | undefined) => one?.resolve(one.held);
        for (const what of steps) {
          if (what === 'ask') asked.push({ since: written, answer: reads.read('orders') });
          else if (what === 'write') written += 1;
          else if (what === 'serve') serve(sent.shift());
          else if (what === 'serve the last') serve(sent.pop());
          else if (what === 'wake') sleeper.wake();
          else await turn();
        }
        for (let i = 0; i < 3; i++) {
          for (const one of sent) serve(one);
          await turn();
        }
        for (const { since, answer } of asked) expect(await answer).toBeGreaterThanOrEqual(since);
      }),
      { numRuns: 500 },
    );
  });
});

test('fifty clients at once cost the table two reads', async () => {
  const { app, store, network } = createEndpoint();
  await store.createState(monitored('orders'));
  const replies = await Promise.all(Array.from({ length: 50 }, () => app.request('/masters/orders')));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  expect(network.reads).toEqual(['readState orders', 'readState orders']);
});
