/**
 * I4: a promotion leaves only by the hand of the leader of the newest epoch, after its intent is written, and within half
 * a lease of its last write that succeeded.
 */
import { nodeId } from '../../../src/core/model.ts';
import { is } from '../world/facts.ts';
import { type OracleOf, roleCommand } from './oracle.ts';

/** Clocks differ by a little in their pace. */
const TOLERANCE_MS = 5;

export const promotedByTheLeaderAlone: OracleOf = (facts) => ({
  sent({ by, node, commands }) {
    const command = roleCommand(commands);
    if (!command || command.follow !== undefined) return;
    const what = `${by.host.name} promoted ${node.id}`;
    const { state } = facts;
    const failover = state?.failover;
    facts.promise(failover !== undefined && is(by, failover.leader), () => `${what}, and does not lead`);
    facts.promise(
      failover?.epoch === state?.currentEpoch && state?.election === undefined,
      () => `${what} in epoch ${failover?.epoch}, and epoch ${state?.currentEpoch} is open`,
    );
    const intent = failover?.intent;
    facts.promise(
      intent !== undefined && intent.epoch === failover?.epoch && nodeId(intent.node) === node.id,
      () => `${what} without the intent of its epoch`,
    );
    const sinceMs = facts.now - by.stateWriteSentAt;
    const halfMs = (state?.directives.leaseMs ?? 0) / 2;
    facts.promise(
      sinceMs <= halfMs + TOLERANCE_MS,
      () => `${what} ${Math.round(sinceMs)} ms after its last write`,
    );
  },
});
