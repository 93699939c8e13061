/** The master changes only on the reply to this leader's own promotion in this epoch, or by an operator's leave. */
import { nodeId } from '../../../src/core/model.ts';
import type { OracleOf } from './oracle.ts';

export const switchedOnOnesOwnReply: OracleOf = (facts) => ({
  stateWritten({ before, after, by }) {
    if (!before || after.removed !== undefined || before.removed !== undefined) return;
    const [from, to] = [nodeId(before.master.address), nodeId(after.master.address)];
    if (before.configEpoch === after.configEpoch) {
      facts.promise(from === to, () => `the master went from ${from} to ${to} in one configuration epoch`);
      return;
    }
    facts.promise(after.replicas[to] === undefined, () => `the master ${to} is among its replicas`);
    const mayAdopt = before.paused !== undefined || before.directives.observeOnly;
    if (mayAdopt && !before.failover) return;
    const { failover } = before;
    const named = failover?.intent !== undefined && nodeId(failover.intent.node) === to;
    facts.promise(
      named && failover.intent?.epoch === after.configEpoch,
      () => `a switch to ${to} without its intent`,
    );
    facts.promise(
      by?.promoted.has(`${after.configEpoch} ${to}`) === true,
      () => `${by?.host.name} switched to ${to} without the reply to its own promotion`,
    );
  },
});
