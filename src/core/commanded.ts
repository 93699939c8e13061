/**
 * What an operator asked for at a door that does not reach the nodes: the first sentinel that can carries it out, in one
 * compare-and-set. A failover that was asked for takes the next epoch without O_DOWN, votes or veto.
 */
import { findTopology, withAdopted } from './adoption.ts';
import { masterValidAt } from './agreement.ts';
import { AGAIN, type Decision, nothing } from './decision.ts';
import { aboutMaster, aboutReplica, type Happening, record } from './events.ts';
import { electable, standsBack } from './limitation.ts';
import {
  type Failover,
  type Incarnation,
  type MasterState,
  nodeId,
  type PendingCommand,
  sameAddress,
} from './model.ts';
import { describeHealth, reached } from './observation.ts';
import { interval } from './part.ts';
import { type Selection, select } from './selection.ts';
import type { Situation } from './view.ts';

/** For so long other sentinels may yet be able to do what this one cannot. */
const PATIENCE_MS = 3000;

type Asked<K extends PendingCommand['kind']> = Extract<PendingCommand, { kind: K }>;
type Alert = Situation & { readonly me: Incarnation };

/** @returns undefined when nothing was asked for, or a failover is under way: it comes first */
export function carryOutCommand(s: Situation): Decision | undefined {
  const { command, failover } = s.state;
  if (!command || failover) return undefined;
  const { me } = s;
  if (!me) return nothing(`${command.by} asked for a ${command.kind}`, { kind: 'alert', afterMs: 0 });
  return command.kind === 'resume' ? resume({ ...s, me }, command) : failOver({ ...s, me }, command);
}

function failOver(s: Alert, command: Asked<'failover'>): Decision | undefined {
  const { state, memory, master, now } = s;
  const back = standsBack(state);
  if (back !== undefined) return state.election ? undefined : refuse(s, command, `no failover: ${back}`);
  if (command.coordinated && (!reached(master) || master.info.role !== 'master')) {
    return patiently(s, command, `the master ${describeHealth(master, now)}: it cannot hand over`);
  }
  const known = electable(s);
  const { to } = command;
  const nodes = to ? known.filter((node) => sameAddress(node, to)) : known;
  const selection = select(state, memory.nodes, {
    nodes,
    masterDownMs: now.wall - masterValidAt(s),
    anyLink: false,
  });
  if (selection.ranked.length > 0) return begin(s, command, selection);
  const reasons = Object.entries(selection.passedOver).map(([id, reason]) => `${id} ${reason}`);
  return patiently(s, command, ['no suitable replica to promote', ...reasons].join('; '));
}

function begin(s: Alert, command: Asked<'failover'>, { ranked, passedOver }: Selection): Decision {
  const { state, now, me } = s;
  const epoch = state.currentEpoch + 1;
  const target = command.coordinated ? ranked[0]?.address : command.to;
  const kind = command.coordinated ? ('coordinated' as const) : ('forced' as const);
  const failover: Failover = {
    ...{ epoch, begunIn: epoch, leader: me, beat: 1, kind },
    step: command.coordinated ? 'handing over' : 'selecting',
    ...(target && { target }),
    oldMaster: state.master.address,
    passedOver: command.coordinated ? passedOver : {},
    timeline: { started: now.wall, elected: now.wall },
  };
  const { election: _, command: __, ...rest } = state;
  const about = (type: string) => aboutMaster(type, state.name, state.master.address);
  const happenings: Happening[] = [
    ...(state.election ? [about('-failover-abort-not-elected')] : []),
    { type: '+new-epoch', payload: String(epoch) },
    ...['+try-failover', '+elected-leader', '+failover-state-select-slave'].map(about),
    ...(command.coordinated && target
      ? [aboutReplica('+selected-slave', state.name, state.master.address, target)]
      : []),
  ];
  const reason = `begun in epoch ${epoch}`;
  const next = { ...rest, currentEpoch: epoch, failover, lastCommand: outcome(s, command, reason, epoch) };
  return {
    reason: `a ${kind} failover, asked for by ${command.by}: taking epoch ${epoch}`,
    write: record(next, me.sentinel, now, happenings),
    commands: [],
    pace: command.coordinated ? AGAIN : { kind: 'alert', afterMs: 0, full: true },
  };
}

/** The topology that is found must be whole before anything is repaired again. */
function resume(s: Alert, command: Asked<'resume'>): Decision | undefined {
  const found = findTopology(s);
  if (typeof found === 'string') return patiently(s, command, found);
  const { paused: _, command: __, ...rest } = s.state;
  const resumed = record(rest, s.me.sentinel, s.now, [
    aboutMaster('-pause', s.state.name, s.state.master.address),
  ]);
  const lastCommand = outcome(s, command, `resumed with ${nodeId(found)} as the master`);
  const next = sameAddress(found, s.state.master.address) ? resumed : withAdopted(s, resumed, found);
  return { ...nothing(lastCommand.reason, AGAIN), write: { ...next, lastCommand } };
}

function patiently(s: Alert, command: PendingCommand, why: string): Decision | undefined {
  if (s.state.election) return undefined; // it goes on, and this is told when it is over
  const { memory, now } = s;
  const waitedMs = memory.command?.id === command.id ? now.mono - memory.command.since : 0;
  // what a dead master needs is not held up by what cannot be done any more; while paused, it gets nothing anyway
  const holdsUp = s.masterDown && standsBack(s.state) === undefined;
  if (waitedMs < PATIENCE_MS && !holdsUp) return nothing(`not yet: ${why}`, interval(s));
  return refuse(s, command, why);
}

function refuse(s: Alert, command: PendingCommand, why: string): Decision {
  const { command: _, ...rest } = s.state;
  const { paused } = s.state;
  const write: MasterState = {
    ...rest,
    ...(command.kind === 'resume' && paused && { paused: { ...paused, refused: why } }),
    lastCommand: outcome(s, command, why),
  };
  return { ...nothing(`refused to ${command.by}: ${why}`, interval(s)), write };
}

function outcome({ now }: Alert, { id }: PendingCommand, reason: string, epoch?: number) {
  return { id, at: now.wall, reason, ...(epoch !== undefined && { epoch }) };
}
