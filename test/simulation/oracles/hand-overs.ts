/**
 * The old master is demoted before its successor is promoted, as long as it says master and the successor does not: under
 * a pause of which half is left, and when both were seen at the same offset. A coordinated failover that demoted the
 * paused old master loses no write that it had acknowledged; one whose demotion ran after the pause says what was lost. And
 * one that ends without a switch leaves nobody paused.
 */
import { nodeId } from '../../../src/core/model.ts';
import type { Acknowledged } from '../world/client.ts';
import { saidBefore } from '../world/facts.ts';
import type { SimulatedNode } from '../world/node.ts';
import { type OracleOf, roleCommand } from './oracle.ts';

/** Clocks differ by a little in their pace. */
const TOLERANCE_MS = 5;

export function nothingIsLostInAHandOver(
  acknowledged: () => readonly Acknowledged[],
  nodeOf: (id: string) => SimulatedNode | undefined,
): OracleOf {
  return (facts) => {
    /** In which the demotion ran while the old master was paused. */
    const underAPause = new Set<number>();
    return {
      running(node, _, commands) {
        const failover = facts.state?.failover;
        const demotes = roleCommand(commands)?.follow !== undefined && node.upstream === undefined;
        if (demotes && failover && node.id === nodeId(failover.oldMaster) && node.paused(facts.now))
          underAPause.add(failover.epoch);
      },
      sent({ by, node, commands }) {
        const { state } = facts;
        const failover = state?.failover;
        const promotes = roleCommand(commands)?.follow === undefined && roleCommand(commands) !== undefined;
        if (!promotes || failover?.kind !== 'coordinated' || by.handedOver.has(failover.epoch)) return;
        const [old, successor] = [failover.oldMaster, node.address].map(
          (one) => by.looks.get(nodeId(one))?.look,
        );
        if (old?.outcome !== 'answered' || old.info?.role !== 'master' || nodeId(old.node) === node.id)
          return;
        const ours = old.info.replicationId === state?.master.replicationId;
        const ready = successor?.outcome === 'answered' && successor.info?.role === 'master';
        facts.promise(
          !ours || ready,
          () => `${by.host.name} promoted ${node.id} before it had demoted ${nodeId(old.node)}`,
        );
      },
      stateWritten({ before, after, by }) {
        const failover = before?.failover;
        if (failover?.kind !== 'coordinated' || before?.configEpoch === after.configEpoch || !by) return;
        if (!by.handedOver.has(failover.epoch)) return;
        if (!underAPause.has(failover.epoch) && (after.failover?.writesLost ?? 0) > 0) return;
        const old = nodeOf(nodeId(failover.oldMaster));
        const to = nodeOf(nodeId(after.master.address));
        const begun = facts.states.find(({ state }) => state.failover?.epoch === failover.epoch)?.from ?? 0;
        if (!old || !to || to.startedAt > begun || old.startedAt > begun) return; // replaced by another process meanwhile
        if (to.meddledAt > begun) return; // it copied another node after it was seen equal
        const named = facts.states.find(({ state }) => state.configEpoch === before?.configEpoch)?.from ?? 0;
        const since = Math.max(named, old.startedAt); // what a restart had dropped was lost before
        const lost = acknowledged().filter(
          ({ node, at, write }) => node === old.id && at >= since && !to.has(write),
        );
        facts.promise(
          lost.length === 0,
          () => `${lost.length} writes lost in the hand-over from ${old.id} to ${to.id}`,
        );
      },
    };
  };
}

export const demotedWhenEqual: OracleOf = (facts) => {
  const pauses = new Map<string, { readonly at: number; readonly forMs: number }>();
  return {
    sent({ by, node, commands }) {
      const { state } = facts;
      const failover = state?.failover;
      const key = `${by.host.name} ${node.id} ${failover?.epoch}`;
      const pause = commands.find(([name, what]) => name === 'CLIENT' && what === 'PAUSE');
      if (pause) pauses.set(key, { at: facts.now, forMs: Number(pause[2]) });
      const follow = roleCommand(commands)?.follow;
      const demotes = failover?.step === 'promoting' && nodeId(failover.oldMaster) === node.id;
      if (follow === undefined || failover?.kind !== 'coordinated' || !demotes) return;
      const what = `${by.host.name} demoted ${node.id} to follow ${follow}`;
      const [old, to] = [node.id, follow].map((id) => saidBefore(by, id, facts.now));
      const equal = old !== undefined && to !== undefined && old.offset === to.offset;
      facts.promise(equal, () => `${what} at ${old?.offset}, and saw that one at ${to?.offset}`);
      const { at, forMs } = pauses.get(key) ?? { at: Number.NEGATIVE_INFINITY, forMs: 0 };
      facts.promise(
        facts.now <= at + forMs / 2 + TOLERANCE_MS,
        () => `${what}, and less than half of its pause was left`,
      );
    },
  };
};

/** @param nodeOf - as it is in truth */
export function nobodyIsLeftPaused(nodeOf: (id: string) => SimulatedNode | undefined): OracleOf {
  return (facts) => {
    const pausedIn = new Set<string>();
    return {
      sent({ node, commands }) {
        if (commands.some(([name, what]) => name === 'CLIENT' && what === 'PAUSE'))
          pausedIn.add(`${facts.state?.failover?.epoch} ${node.id}`);
      },
      stateWritten({ before, after, by, sentAt }) {
        const was = before?.failover;
        const ended = was?.kind === 'coordinated' && !after.failover && after.removed === undefined;
        if (!ended || !by || before?.configEpoch !== after.configEpoch) return;
        const old = nodeId(was.oldMaster);
        if (saidBefore(by, old, sentAt) === undefined) return; // every pause is finite
        const here = `${was.epoch} ${old}`;
        const freed = by.letGo.has(here) || !pausedIn.has(here); // an earlier one's pause is an earlier one's
        facts.promise(
          freed || nodeOf(old)?.paused(facts.now) !== true,
          () => `${by.host.name} ended the failover of epoch ${was.epoch}, and left ${old} paused`,
        );
      },
    };
  };
}
