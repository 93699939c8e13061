/** A node kept busy by a script gets one SCRIPT KILL in each episode of S_DOWN, as Sentinel sends it. */
import type { NodeCommand } from './commands.ts';
import type { Decision } from './decision.ts';
import { standsBack } from './limitation.ts';
import { nodeId, sameAddress } from './model.ts';
import { type NodeMemory, replicaDown, subjectivelyDown } from './observation.ts';
import type { Situation } from './view.ts';

/** Adds to a decision what frees its busy nodes. It changes no role, so that it needs no write of its own. */
export function endScripts(s: Situation, decision: Decision): Decision {
  if (standsBack(s.state) !== undefined) return decision;
  const commands = Object.values(s.memory.nodes).flatMap((node) => scriptKill(s, node) ?? []);
  return commands.length === 0 ? decision : { ...decision, commands: [...decision.commands, ...commands] };
}

function scriptKill({ state, memory }: Situation, node: NodeMemory): NodeCommand | undefined {
  const { last, failedSince = 0, address } = node;
  if (last.outcome !== 'busy' || !last.detail.startsWith('BUSY')) return undefined;
  const named = sameAddress(address, state.master.address);
  if (!(named ? subjectivelyDown : replicaDown)(node, state.directives.downAfterMs)) return undefined;
  const sent = memory.replies.some(
    ({ command, at }) =>
      command.kind === 'kill script' && sameAddress(command.node, address) && at >= failedSince,
  );
  if (sent || !(named || nodeId(address) in state.replicas)) return undefined;
  return { kind: 'kill script', node: address, link: last.link, epoch: state.currentEpoch, fence: 'read' };
}
