import { expect, it } from 'vitest';
import { aSentinel } from '../samples.ts';
import { fresh, type Use } from './under-test.ts';

export function sentinelContract(use: Use): void {
  it('writes the first record only where there is none', async () => {
    const { store } = use();
    const id = fresh();
    expect(await store.readSentinel(id)).toBeUndefined();
    expect(await store.putSentinel(aSentinel(id, 1), 1)).toBe('refused');
    expect(await store.putSentinel(aSentinel(id, 1), 0)).toBe('written');
    expect(await store.putSentinel(aSentinel(id, 1), 0)).toBe('refused');
    expect(await store.readSentinel(id)).toEqual(aSentinel(id, 1));
  });

  it('takes 0 for no record at all, not for a record of incarnation 0', async () => {
    const { store } = use();
    const id = fresh();
    expect(await store.putSentinel(aSentinel(id, 0), 0)).toBe('written');
    expect(await store.putSentinel(aSentinel(id, 1), 0)).toBe('refused');
  });

  it('takes a heartbeat of the incarnation that was seen, and no other', async () => {
    const { store } = use();
    const id = fresh();
    await store.putSentinel(aSentinel(id, 1), 0);
    expect(await store.putSentinel(aSentinel(id, 1, 2000), 1)).toBe('written');
    expect(await store.putSentinel(aSentinel(id, 2, 3000), 1)).toBe('written');
    expect(await store.putSentinel(aSentinel(id, 1, 4000), 1)).toBe('refused');
    expect(await store.readSentinel(id)).toEqual(aSentinel(id, 2, 3000));
  });

  it('gives the alert of a zone to exactly one of ten invocations with equal records', async () => {
    const { store } = use();
    const id = fresh();
    await store.putSentinel(aSentinel(id, 1), 0);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => store.putSentinel(aSentinel(id, 2), 1)),
    );
    expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
  });

  it('reads all sentinels in the order of their ids', async () => {
    const { store } = use();
    const ids = [`z-${fresh()}`, `y-${fresh()}`];
    for (const id of ids) await store.putSentinel(aSentinel(id, 1), 0);
    const read = (await store.readSentinels()).map(({ sentinel }) => sentinel);
    expect(read.filter((id) => ids.includes(id))).toEqual([...ids].sort());
  });
}
