/** The replicas of a master: what the state says of each, and what the sentinels find wrong with it. */
import {
  type MasterState,
  type NodeCondition,
  type NodeId,
  nodeId,
  type ReplicaRecord,
  type SentinelId,
} from '../core/model.ts';
import { describeNode, forClients, type NodeDescription, timestamp, told } from './master.ts';
import { stripped } from './printable.ts';
import { type Rendered, type Representation, rendered, renderJson } from './representation.ts';
import { foundBy, type Seen } from './seen.ts';

export interface ReplicaDescription extends NodeDescription {
  /** Whether clients may be told of it: `replica-announced` is not no, and it is ours. */
  readonly announced: boolean;
  /** Named by an operator, not only learnt from the master. */
  readonly declared: boolean;
  /** False after RESET, until the master confirms it. */
  readonly confirmed: boolean;
  /** Where it stands in the reconfiguration of an open failover. */
  readonly reconfiguration: ReplicaRecord['reconfiguration'];
  readonly reconfigurationSentAt?: string;
  /** When a repair (demotion, re-pointing) was last decided for it. */
  readonly repairedAt?: string;
  /** Why it is taken for a node of another group, and left alone. */
  readonly stranger?: string;
  /** The sentinels that find it so: S_DOWN, of another role than a replica's, misconfigured. */
  readonly conditions: { readonly [condition in NodeCondition]?: readonly SentinelId[] };
  /** Why the open failover, or else the last one, did not choose it. */
  readonly passedOver?: string;
}

export interface ReplicasDescription {
  readonly name: string;
  readonly master: string;
  readonly replicas: readonly ReplicaDescription[];
}

export function describeReplicas(seen: Seen): ReplicasDescription {
  const { state } = seen;
  const replicas = Object.values(state.replicas).map((replica) => describeReplica(replica, seen));
  return stripped({ name: state.name, master: nodeId(told(state, state.master)), replicas });
}

/** As text, a line `host:port` for each replica a client may be sent to. */
export function renderReplicas(seen: Seen, representation: Representation): Rendered {
  const described = describeReplicas(seen);
  if (representation === 'json') return renderJson(described);
  const lines = described.replicas.flatMap(({ announced, address }) => (announced ? [`${address}\n`] : []));
  return rendered(lines.join(''), 'text');
}

const CONDITIONS: readonly NodeCondition[] = ['down', 'role', 'misconfigured'];

function describeReplica(replica: ReplicaRecord, seen: Seen): ReplicaDescription {
  const { state } = seen;
  const id = nodeId(replica.address);
  const { reconfigurationSentAt, repairedAt, stranger } = replica;
  const found = CONDITIONS.map((condition) => [condition, foundBy(seen, id, condition)] as const);
  const passedOver = whyPassedOver(state, id);
  return {
    ...describeNode(told(state, replica)),
    announced: forClients(replica),
    declared: replica.declared === true,
    confirmed: replica.unconfirmed !== true,
    reconfiguration: replica.reconfiguration,
    ...(reconfigurationSentAt !== undefined && { reconfigurationSentAt: timestamp(reconfigurationSentAt) }),
    ...(repairedAt !== undefined && { repairedAt: timestamp(repairedAt) }),
    ...(stranger !== undefined && { stranger }),
    conditions: Object.fromEntries(found.filter(([, sentinels]) => sentinels.length > 0)),
    ...(passedOver !== undefined && { passedOver }),
  };
}

function whyPassedOver({ failover, lastFailover }: MasterState, id: NodeId): string | undefined {
  const { passedOver = {} } = failover ?? lastFailover ?? {};
  return Object.hasOwn(passedOver, id) ? passedOver[id] : undefined;
}
