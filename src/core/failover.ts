/**
 * The leader's part: which step is due, and the choice of the replica. Each step is a change of the one state, written
 * before anything is sent. The steps themselves: {@link ./handover.ts}, {@link ./promotion.ts},
 * {@link ./reconfiguration.ts}, {@link ./endings.ts}.
 */
import { masterValidAt } from './agreement.ts';
import { type Decision, nothing } from './decision.ts';
import { abort, endFailover, endWithoutSwitch } from './endings.ts';
import { aboutMaster, record } from './events.ts';
import { handOver } from './handover.ts';
import { electable } from './limitation.ts';
import { type Failover, type Incarnation, nodeId, sameAddress } from './model.ts';
import { describeHealth, reached } from './observation.ts';
import { intend, promote, readInFull } from './promotion.ts';
import { reconfigureReplicas } from './reconfiguration.ts';
import { select } from './selection.ts';
import type { Situation } from './view.ts';

/** A leader or candidate shows life at least this often; less than half of the shortest lease. */
export const BEAT_MS = 1000;

/** A situation in which this incarnation leads the open failover. */
export interface Leading extends Situation {
  readonly me: Incarnation;
  readonly failover: Failover;
}

/** The candidate has its votes: it takes the failover, a new one or the one left open. */
export function takeFailover({ state, now, me }: Situation & { readonly me: Incarnation }): Decision {
  const { election, simulate, ...rest } = state;
  if (!election) return nothing('no election is open');
  // one beat for the whole epoch: a failover that began at the election's beat would look as if it stood still
  const taken = { epoch: election.epoch, leader: me, beat: election.beat + 1 };
  const failover: Failover = state.failover
    ? { ...state.failover, ...taken }
    : {
        ...taken,
        ...{ begunIn: election.epoch, kind: 'automatic', step: 'selecting' },
        oldMaster: state.master.address,
        passedOver: {},
        timeline: {
          started: election.openedAt,
          ...(state.outage?.sdown !== undefined && { sdown: state.outage.sdown }),
          ...(state.outage && { odown: state.outage.since }),
          elected: now.wall,
        },
      };
  const about = (type: string) => aboutMaster(type, state.name, state.master.address);
  const happenings = [
    about('+elected-leader'),
    ...(state.failover ? [] : [about('+failover-state-select-slave')]),
  ];
  const { crashAfterElection, ...unspent } = simulate ?? {};
  return {
    reason: state.failover
      ? `elected in epoch ${election.epoch}: resuming the failover at ${state.failover.step}`
      : `elected in epoch ${election.epoch}: choosing a replica`,
    write: record({ ...rest, ...keepUnspent(unspent), failover }, me.sentinel, now, happenings),
    commands: [],
    pace: { kind: 'alert', afterMs: 0, full: true },
    ...(crashAfterElection && { crash: 'SIMULATE-FAILURE crash-after-election' }),
  };
}

/** What of SIMULATE-FAILURE has not been used yet. */
export function keepUnspent(simulate: NonNullable<Situation['state']['simulate']>) {
  return Object.values(simulate).some(Boolean) ? { simulate } : {};
}

/** What the leader does now. Whatever it is, its beat goes on; so a command never leaves on an old lease (I4). */
export function lead(s: Leading): Decision {
  const decision = step(s);
  const wroteAgoMs =
    s.memory.wroteAt === undefined ? Number.POSITIVE_INFINITY : s.now.mono - s.memory.wroteAt;
  if (decision.write || wroteAgoMs < BEAT_MS) return decision;
  return { ...decision, write: { ...s.state, failover: { ...s.failover, beat: s.failover.beat + 1 } } };
}

function step(s: Leading): Decision {
  switch (s.failover.step) {
    case 'handing over':
      return prepare(s);
    case 'selecting':
      return choose(s);
    case 'promoting':
      return promote(s);
    case 'reconfiguring':
      return reconfigureReplicas(s) ?? endFailover(s);
  }
}

/** No role has been touched yet: whatever goes wrong here ends the failover without a switch. */
function prepare(s: Leading): Decision {
  const { failover, memory } = s;
  const { target } = failover;
  if (!target) return endWithoutSwitch(s, 'no node to hand over to is named', 'master');
  if (failover.begunIn !== failover.epoch) return endWithoutSwitch(s, 'its leader died', 'master');
  if (s.masterDown) return endWithoutSwitch(s, 'the master went down', 'master');
  const prepared = handOver(s, target);
  switch (prepared.kind) {
    case 'next':
      return prepared.decision;
    case 'equal': {
      const node = memory.nodes[nodeId(target)];
      const link = reached(node) ? node.last.link : '';
      const chosen = { address: target, link, runId: node?.runId, offset: node?.info?.offset };
      return intend(s, chosen, failover.passedOver, nodeId(target));
    }
    case 'ready':
      return endWithoutSwitch(s, 'the roles were changed by somebody else', 'master');
    case 'lapsed':
      return endWithoutSwitch(s, prepared.why, reached(memory.nodes[nodeId(target)]) ? 'slave' : 'master');
  }
}

function choose(s: Leading): Decision {
  const { state, failover, memory, now } = s;
  if (!s.masterDown && failover.kind === 'automatic') {
    const answers = s.master?.last.outcome === 'answered';
    return abort(
      s,
      answers ? 'the master answers again' : `not S_DOWN for its leader: it ${describeHealth(s.master, now)}`,
      aboutMaster('-failover-abort-master-up', state.name, failover.oldMaster),
    );
  }
  const unread = readInFull(s);
  if (unread) return unread;
  const { target } = failover;
  const nodes = electable(s).filter((node) => !target || sameAddress(node, target));
  const { ranked, passedOver } = select(state, memory.nodes, {
    nodes,
    masterDownMs: now.wall - masterValidAt(s),
    anyLink: s.why === 'says replica',
  });
  const best = ranked[0];
  if (best) return intend(s, best, passedOver, nodeId(best.address));
  const noGood = aboutMaster('-failover-abort-no-good-slave', state.name, failover.oldMaster);
  const anyReached = nodes.some((node) => reached(memory.nodes[nodeId(node)]));
  const why = anyReached ? 'no good replica to promote' : 'this sentinel reaches no replica';
  return abort({ ...s, failover: { ...failover, passedOver } }, why, noGood, anyReached && !target);
}
