import { describe, expect, it } from 'vitest';
import { killAt, ROLES, STEPS } from './kills.ts';

const LEASE_MS = 2000;

describe('a zone killed in the middle of a failover does not stop it', () => {
  for (const step of STEPS) {
    for (const role of ROLES) {
      it(`the ${role} killed when the step "${step}" is written`, { timeout: 90_000 }, async () => {
        const { state, broken, leaders, killed } = await killAt(step, role, LEASE_MS);
        expect(broken).toEqual([]);
        expect(state.lastFailover?.outcome).toMatch(/^switched/);
        expect(leaders.has(state.configEpoch)).toBe(true);
        // 'votes cast' may find the leader elected by the vote that is still unanswered
        if (role === 'leader') expect(state.lastFailover?.leader).not.toBe(killed);
      });
    }
  }
});
