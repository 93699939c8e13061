/** I7 and the first duty of all: the named master is never demoted by us, nobody follows itself, a cycle or a stranger. */
import { nodeId } from '../../../src/core/model.ts';
import type { Facts } from '../world/facts.ts';
import { type OracleOf, roleCommand } from './oracle.ts';

function handsOver(facts: Facts, node: string, follow: string): boolean {
  const failover = facts.state?.failover;
  return (
    failover?.kind === 'coordinated' &&
    failover.intent !== undefined &&
    nodeId(failover.oldMaster) === node &&
    nodeId(failover.intent.node) === follow
  );
}

export const theNamedMasterStays: OracleOf = (facts) => {
  // a node that hangs just when EXEC has left for it runs that when it goes on, whatever was chosen since
  const handingOver = new Set<string>();
  return {
    sent({ by, node, commands }) {
      const follow = roleCommand(commands)?.follow;
      if (follow !== undefined && handsOver(facts, node.id, follow))
        handingOver.add(`${by.host.name} ${node.id} ${follow}`);
    },
    running(node, by, commands) {
      const follow = roleCommand(commands)?.follow;
      if (follow === undefined || node.upstream) return;
      const { state } = facts;
      const named = state && nodeId(state.master.address) === node.id && state.removed === undefined;
      facts.promise(
        !named || handingOver.has(`${by} ${node.id} ${follow}`),
        () => `${by} demoted ${node.id}, which the state names, to follow ${follow}`,
      );
    },
  };
};

export const nobodyFollowsAStranger: OracleOf = (facts) => ({
  sent({ by, node, commands, wire }) {
    const command = roleCommand(commands);
    if (command?.follow === undefined) return;
    const what = `${by.host.name} told ${node.id} to follow ${command.follow}`;
    facts.promise(command.follow !== node.id, () => `${what}: itself`);
    const upstream = wire.peer(command.follow);
    const cycle = upstream?.upstream !== undefined && nodeId(upstream.upstream.address) === node.id;
    const seen = by.looks.get(command.follow);
    const saw = seen?.look.outcome === 'answered' ? seen.look.info?.upstream : undefined;
    // a promotion of its own is younger than its look, and somebody else may have undone it this very moment
    const promoted = by.promoted.has(`${facts.ledLately(by)?.epoch} ${command.follow}`);
    const knew = cycle && !promoted && saw !== undefined && nodeId(saw.address) === node.id;
    facts.promise(!knew || handsOver(facts, node.id, command.follow), () => `${what}, which follows it`);
    facts.promise(!node.stranger, () => `${what}: a stranger`);
  },
});
