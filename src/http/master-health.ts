/** Whether one master is well and looked after: 503 with the reasons, or 200 with what deserves a look. */
import { nodeId } from '../core/model.ts';
import { type MasterStatus, statusOf, timestamp, told } from './master.ts';
import { stripped } from './printable.ts';
import { foundBy, type Seen, standing } from './seen.ts';

export interface MasterHealth {
  readonly name: string;
  readonly address: string;
  /** Not `status`: in a problem document that is the HTTP one. */
  readonly state: MasterStatus;
  /** Why it is not healthy; empty when it is. */
  readonly reasons: readonly string[];
  /** What an operator should know and what nobody need be woken for. */
  readonly warnings: readonly string[];
}

export function judgeHealth(seen: Seen): MasterHealth {
  const { state, quorum } = seen;
  return stripped({
    name: state.name,
    address: nodeId(told(state, state.master)),
    state: statusOf(state),
    reasons: [...whyDown(seen), ...(quorum.ok ? [] : [quorum.line]), ...whyTwoMasters(seen)],
    warnings: [...standBack(seen), ...fewer(seen), ...doubts(seen), ...nodes(seen)],
  });
}

/** From the switch on clients are served: what is left of a failover then is no illness. */
function whyDown({ state: { outage, election, failover, limitation } }: Seen): string[] {
  if (failover) {
    const { epoch, step, leader, timeline } = failover;
    if (step === 'reconfiguring') return [];
    return [
      `a failover is open since ${timestamp(timeline.started)}: epoch ${epoch}, ${step}, led by ${leader.sentinel}`,
    ];
  }
  if (!outage && !election) return [];
  const since = outage ? ` since ${timestamp(outage.since)}` : '';
  const then = election
    ? `an election is open, epoch ${election.epoch}, candidate ${election.candidate.sentinel}`
    : (limitation?.reason ?? 'no failover has begun');
  return [`the quorum holds the master for down${since}: ${then}`];
}

function whyTwoMasters(seen: Seen): string[] {
  return Object.values(seen.state.replicas).flatMap(({ address, stranger }) => {
    const by = stranger === undefined ? foundBy(seen, nodeId(address), 'role') : [];
    return by.length > 0
      ? [`two nodes say master: ${nodeId(address)} does too, seen by ${by.join(', ')}`]
      : [];
  });
}

function standBack({ state: { paused, directives, failover, coolDown }, at }: Seen): string[] {
  return [
    ...(paused
      ? [`paused by ${paused.by} since ${timestamp(paused.since)}: neither failovers nor repairs`]
      : []),
    ...(paused?.refused === undefined ? [] : [`it could not be resumed: ${paused.refused}`]),
    ...(directives.observeOnly ? ['observe-only is set: neither failovers nor repairs'] : []),
    ...(failover?.step === 'reconfiguring'
      ? ['a failover switched and still reconfigures the replicas']
      : []),
    ...(coolDown && coolDown.until > at.wall
      ? [`no automatic failover starts before ${timestamp(coolDown.until)}: ${coolDown.reason}`]
      : []),
  ];
}

function fewer({ state: { voters, directives }, alive }: Seen): string[] {
  const gone = voters.filter((voter) => !alive.includes(voter));
  return [
    ...(gone.length > 0 ? [`not seen for three heartbeats: ${gone.join(', ')}`] : []),
    ...(directives.quorum > voters.length
      ? [`the quorum is ${directives.quorum}, and ${voters.length} sentinels vote`]
      : []),
  ];
}

function doubts(seen: Seen): string[] {
  const { outage, failover } = seen.state;
  const observations = standing(seen);
  const down = observations.filter(({ subjectivelyDown, tilt }) => subjectivelyDown && tilt === undefined);
  return [
    ...(outage || failover ? [] : down).map(
      ({ sentinel, detail, limitation }) =>
        `S_DOWN for ${sentinel}: ${detail}${limitation === undefined ? '' : `; ${limitation}`}`,
    ),
    ...observations.flatMap(({ sentinel, tilt }) =>
      tilt === undefined ? [] : [`TILT of ${sentinel}: ${tilt}`],
    ),
  ];
}

function nodes(seen: Seen): string[] {
  const { state } = seen;
  const master = nodeId(state.master.address);
  const replicas = Object.values(state.replicas);
  const ours = replicas.filter(({ stranger }) => stranger === undefined);
  return [
    ...(ours.length === 0 ? ['it has no replica: there is nothing to fail over to'] : []),
    ...ours.flatMap(({ address }) =>
      found('is down', nodeId(address), foundBy(seen, nodeId(address), 'down')),
    ),
    ...found('says another role', master, foundBy(seen, master, 'role')),
    ...[master, ...ours.map(({ address }) => nodeId(address))].flatMap((id) =>
      found('is misconfigured', id, foundBy(seen, id, 'misconfigured')),
    ),
    ...replicas.flatMap(({ address, stranger }) =>
      stranger === undefined ? [] : [`${nodeId(address)} is left alone: ${stranger}`],
    ),
  ];
}

function found(what: string, node: string, by: readonly string[]): string[] {
  return by.length > 0 ? [`${node} ${what} for ${by.join(', ')}`] : [];
}
