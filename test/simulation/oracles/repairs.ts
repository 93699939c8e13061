/**
 * I6: a repair is decided from a state that was read after the look that calls for it, serves only the address that state
 * names, and only if it was seen as a master; while an election or a failover is open only its leader changes a role, and
 * while an operator holds failovers back nobody does.
 */
import { nodeId } from '../../../src/core/model.ts';
import { is } from '../world/facts.ts';
import { type OracleOf, roleCommand } from './oracle.ts';

/** From the read to EXEC, at most: the fence of a repair, and what one write may take. */
const REPAIR_MS_MAX = 2100;
const REPAIRS = new Set(['+convert-to-slave', '+fix-slave-config']);

export const evidenceBeforeAuthority: OracleOf = (facts) => ({
  stateWritten({ before, after, by, sentAt }) {
    const told = after.events.filter(({ seq, type }) => seq > (before?.lastSeq ?? 0) && REPAIRS.has(type));
    if (told.length === 0 || !before) return;
    const open = before.election ?? before.failover;
    if (!open) {
      const held = before.paused !== undefined || before.directives.observeOnly;
      facts.promise(!held, () => `${by?.host.name} repairs, and an operator holds repairs back`);
      return;
    }
    const { failover } = before;
    const leads =
      by &&
      failover &&
      is(by, failover.leader, sentAt) &&
      failover.step === 'reconfiguring' &&
      !before.election;
    facts.promise(
      leads === true,
      () => `${by?.host.name} repairs while the failover of epoch ${open.epoch} is open`,
    );
  },
  sent({ by, node, commands }) {
    const command = roleCommand(commands);
    if (command?.follow === undefined) return;
    const what = `${by.host.name} told ${node.id} to follow ${command.follow}`;
    const failover = facts.state?.failover;
    const coordinated =
      failover?.kind === 'coordinated' &&
      failover.intent !== undefined &&
      nodeId(failover.intent.node) === command.follow;
    if (coordinated && is(by, failover.leader)) return;
    facts.promise(
      facts.namedWithin(command.follow, REPAIR_MS_MAX),
      () => `${what}, which no state named lately`,
    );
    const seen = by.looks.get(node.id);
    const master = by.looks.get(command.follow);
    // who leads knows the state by its own writes; so does who led when this was decided
    const led = facts.ledLately(by);
    // the state that one's own write left is as good as one that was read
    const readAt = Math.max(by.viewAskedAt, by.stateWriteSentAt);
    facts.promise(
      led !== undefined || (seen !== undefined && seen.askedAt <= readAt),
      () => `${what} by a state read before it looked`,
    );
    const role = master?.look.outcome === 'answered' ? master.look.info?.role : undefined;
    const promoted = led && by.promoted.has(`${led.epoch} ${command.follow}`);
    facts.promise(role === 'master' || promoted === true, () => `${what}, which it did not see as a master`);
  },
});
