/** What one sentinel finds wrong with single nodes, and the events that tell when it comes and goes. */
import { aboutMaster, aboutReplica, type Happening } from './events.ts';
import { type NodeCondition, type NodeId, nodeId, sameAddress } from './model.ts';
import { type NodeMemory, reached, replicaDown } from './observation.ts';
import { refusedLately } from './topology.ts';
import type { Situation } from './view.ts';

type Conditions = Readonly<Record<NodeId, readonly NodeCondition[]>>;

/** @param before - what this sentinel last told: in TILT that stands, for nothing that is seen now can end it */
export function conditionsOf(s: Situation, before: Conditions): Conditions {
  if (s.self.tilt !== undefined) return before;
  const found = Object.entries(s.memory.nodes).map(
    ([id, node]) => [id, conditions(s, node, before[id] ?? [])] as [NodeId, NodeCondition[]],
  );
  return Object.fromEntries(found.filter(([, list]) => list.length > 0));
}

function conditions(s: Situation, node: NodeMemory, before: readonly NodeCondition[]): NodeCondition[] {
  const { state } = s;
  const named = sameAddress(node.address, state.master.address);
  const expected = named ? 'master' : 'slave';
  // from an intent on the roles are in motion, and the failover's own events tell of them
  const settled = state.failover === undefined || state.failover.step === 'selecting';
  // a wrong role is over when the node says the right one, and not when it says nothing
  const wrong =
    settled && reached(node)
      ? node.info.role !== expected
      : before.includes('role') && !(reached(node) && node.info.role === expected);
  // and so S_DOWN: a process that has only just begun to look, or slept, has no word of its own yet
  const silent = node.noReplySince !== undefined;
  const down = replicaDown(node, state.directives.downAfterMs) || (silent && before.includes('down'));
  return [
    ...(!named && down ? ['down' as const] : []),
    ...(wrong ? ['role' as const] : []),
    ...(node.last.outcome === 'misconfigured' || refusedLately(s, node.address) !== undefined
      ? ['misconfigured' as const]
      : []),
  ];
}

/** Nodes that are known no more are passed over: what was said of them ended with them. */
export function conditionsChanged(s: Situation, before: Conditions, after: Conditions): Happening[] {
  return Object.values(s.memory.nodes).flatMap((node) => {
    const id = nodeId(node.address);
    const was = before[id] ?? [];
    const is = after[id] ?? [];
    return [
      ...is
        .filter((condition) => !was.includes(condition))
        .map((condition) => event(s, node, condition, true)),
      ...was
        .filter((condition) => !is.includes(condition))
        .map((condition) => event(s, node, condition, false)),
    ];
  });
}

function event(s: Situation, node: NodeMemory, condition: NodeCondition, set: boolean): Happening {
  const { type, suffix } = wording(s, node, condition, set);
  const { name, master } = s.state;
  return sameAddress(node.address, master.address)
    ? aboutMaster(type, name, master.address, suffix)
    : aboutReplica(type, name, master.address, node.address, suffix);
}

/** Sentinel's `+role-change` says that a node reports the role it should have, `-role-change` that it does not. */
function wording(
  s: Situation,
  node: NodeMemory,
  condition: NodeCondition,
  set: boolean,
): { type: string; suffix?: string } {
  switch (condition) {
    case 'down':
      return { type: set ? '+sdown' : '-sdown' };
    case 'role':
      return {
        type: set ? '-role-change' : '+role-change',
        suffix: `new reported role is ${node.info?.role ?? 'unknown'}`,
      };
    case 'misconfigured': {
      const { last, address } = node;
      const detail = last.outcome === 'misconfigured' ? last.detail : refusedLately(s, address);
      return {
        type: set ? '+misconfigured' : '-misconfigured',
        ...(set && detail !== undefined && { suffix: `#${detail}` }),
      };
    }
  }
}
