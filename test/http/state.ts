/** States as the sentinels leave them in the table. */
import { type Failover, type MasterState, nodeId } from '../../src/core/model.ts';
import { monitor } from '../../src/core/operations/monitor.ts';

const STARTED = Date.UTC(2026, 10, 24, 11, 59);

export function monitored(name: string, host = '10.0.1.5', port = 6379): MasterState {
  const born = monitor({ name, host, port, directives: { quorum: 2 } }, 'a', { wall: STARTED, mono: 0 });
  if (!born.ok) throw new Error(`a test asks for an impossible master: ${JSON.stringify(born.faults)}`);
  return { ...born.value, voters: ['a', 'b', 'c'] };
}

export function withReplicas(state: MasterState, ...ports: readonly number[]): MasterState {
  const { host } = state.master.address;
  const replicas = ports.map((port) => [
    nodeId({ host, port }),
    { address: { host, port }, reconfiguration: 'none' as const },
  ]);
  return { ...state, replicas: Object.fromEntries(replicas) };
}

export function withOutage(state: MasterState): MasterState {
  return { ...state, outage: { since: STARTED, masterValidAt: STARTED - 1000 } };
}

export function withFailover(state: MasterState): MasterState {
  const failover: Failover = {
    epoch: 7,
    leader: { sentinel: 'b', incarnation: 41 },
    beat: 3,
    kind: 'automatic',
    step: 'promoting',
    intent: { epoch: 7, node: { host: '10.0.2.5', port: 6379 } },
    oldMaster: state.master.address,
    passedOver: { '10.0.3.5:6379': 'its link was down for 31 s' },
    timeline: { started: STARTED, odown: STARTED, elected: STARTED + 20, intended: STARTED + 35 },
  };
  return { ...withOutage(state), currentEpoch: 7, failover };
}

export function withLastFailover(state: MasterState): MasterState {
  const { failover, outage, ...rest } = withFailover(state);
  if (!failover) throw new Error('there is a failover');
  const { epoch, passedOver, timeline } = failover;
  const lastFailover = {
    epoch,
    leader: 'b',
    from: state.master.address,
    to: { host: '10.0.2.5', port: 6379 },
    kind: 'automatic' as const,
    outcome: 'switched',
    passedOver,
    timeline: { ...timeline, promoted: STARTED + 50, switched: STARTED + 60, ended: STARTED + 300 },
  };
  return { ...rest, lastFailover };
}
