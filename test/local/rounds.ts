/** `npm run kills -- --rounds N [--lease ms]`: a zone killed at each step of a failover, N times each. */
import { parseArgs } from 'node:util';
import { killAt, ROLES, STEPS } from './kills.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, lease: { type: 'string', default: '5000' } },
});
const rounds = Number(values.rounds);
const leaseMs = Number(values.lease);
let failed = 0;
for (const step of STEPS) {
  for (const role of ROLES) {
    const ended: number[] = [];
    for (let round = 0; round < rounds; round++) {
      try {
        const { broken, endedAfterMs } = await killAt(step, role, leaseMs);
        if (broken.length > 0) throw new Error(broken.join('; '));
        ended.push(endedAfterMs);
      } catch (error) {
        failed += 1;
        process.stdout.write(`FAILED: ${role} at "${step}": ${(error as Error).message}\n`);
      }
    }
    process.stdout.write(`${role} killed at "${step}": ended after ${ended.join(', ')} ms\n`);
  }
}
process.stdout.write(`${STEPS.length * ROLES.length * rounds - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
