import { expect, it } from 'vitest';
import { fresh, type Use } from './under-test.ts';

export function clockContract(use: Use): void {
  it("is this machine's, where the table runs on it", async () => {
    const { store, tellsTime } = use();
    await store.readState(fresh());
    const skewMs = store.skewMs();
    if (!tellsTime) return expect(skewMs).toBeUndefined();
    // 0, but for a busy emulator that wrote the second before into its reply.
    expect(skewMs).toBeGreaterThanOrEqual(0);
    expect(skewMs).toBeLessThan(500);
  });
}
