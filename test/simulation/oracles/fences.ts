/**
 * I10: EXEC goes out alone, after every QUEUED, on the connection on which the node last answered a look. I8: and only
 * while the table was heard a moment ago.
 */
import { type OracleOf, roleCommand } from './oracle.ts';

/** From the start of a write to EXEC, beyond the fence. */
const WRITE_MS_MAX = 1100;

export const twoStepsOnTheLooksConnection: OracleOf = (facts) => ({
  sent({ by, node, commands, alone, wire }) {
    const what = `EXEC of ${commands[0]?.join(' ')} by ${by.host.name} to ${node.id}`;
    facts.promise(alone, () => `${what} did not go out alone`);
    facts.promise(wire.looked, () => `${what} on a connection on which no look was answered`);
  },
});

export const frozenWithoutTheTable: OracleOf = (facts) => ({
  sent({ by, node, commands }) {
    if (!roleCommand(commands)) return;
    const limitMs = Math.max((facts.state?.directives.leaseMs ?? 0) / 2, 1000) + WRITE_MS_MAX;
    const sinceMs = facts.now - by.store.answeredAt;
    facts.promise(
      sinceMs <= limitMs,
      () => `${by.host.name} changes ${node.id}, and has not heard the table for ${Math.round(sinceMs)} ms`,
    );
  },
});
