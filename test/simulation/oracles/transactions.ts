/**
 * I10: every role change ends in the tail that makes it last and fences it: CONFIG REWRITE, CLIENT KILL of both types, CLIENT
 * UNPAUSE, ROLE. And no pause outlasts failover-timeout.
 */
import { type OracleOf, roleCommand } from './oracle.ts';

const TAIL = [
  'CONFIG REWRITE',
  'CLIENT KILL TYPE normal',
  'CLIENT KILL TYPE pubsub',
  'CLIENT UNPAUSE',
  'ROLE',
] as const;

export const everyRoleChangeIsFenced: OracleOf = (facts) => ({
  sent({ by, node, commands }) {
    const lines = commands.map((words) => words.join(' '));
    const what = `${by.host.name} sent ${lines[0]} to ${node.id}`;
    if (roleCommand(commands)) {
      const tail = lines.filter((line) => TAIL.some((one) => one === line));
      facts.promise(tail.join() === TAIL.join(), () => `${what} without its tail: ${lines.join('; ')}`);
    }
    const pause = commands.find(([name, what]) => name === 'CLIENT' && what === 'PAUSE');
    const limitMs = facts.state?.directives.failoverTimeoutMs ?? 0;
    facts.promise(!pause || Number(pause[2]) <= limitMs, () => `${what}: longer than failover-timeout`);
  },
});
