/** What a decision did, in the short words of a transcript. Times are milliseconds since the story began. */
import type { NodeCommand } from '../../src/core/commands.ts';
import type { Decision, Pace } from '../../src/core/decision.ts';
import {
  type CommandOutcome,
  type Failover,
  type FailoverRecord,
  type Instant,
  type MasterState,
  nodeId,
  type Observation,
  type PendingCommand,
} from '../../src/core/model.ts';

export function describeReport(before: Observation | undefined, told: Observation): string[] {
  const { health, subjectivelyDown, unended, alert, heardBy, events, tilt, conditions } = told;
  const about = `${nodeId(told.address)} ${health}${subjectivelyDown ? ', S_DOWN' : ''}${unended ? ', S_DOWN not over' : ''}`;
  const more = `${alert ? ', in alert' : ''}${heardBy.length > 0 ? `, heard by ${heardBy.join(' ')}` : ''}`;
  const untrusted = tilt === undefined ? '' : `, TILT: ${tilt}`;
  const wrong = Object.entries(conditions ?? {}).map(([id, list]) => `, ${id} ${list.join(' and ')}`);
  const fresh = events.filter(({ seq }) => seq > (before?.events.at(-1)?.seq ?? 0));
  return [
    `tells: ${about}${more}${untrusted}${wrong.join('')}`,
    ...fresh.map(({ seq, type, payload }) => `own event ${seq} ${type} ${payload}`),
  ];
}

export function describeDecision(
  before: MasterState,
  decision: Decision,
  start: Instant,
  now: Instant,
): string[] {
  const { reason, write, vote, commands, pace, crash } = decision;
  return [
    reason,
    ...(write ? describeWrite(before, write, start) : []),
    ...(vote ? [`votes for ${who(vote.candidate)} in epoch ${vote.epoch}`] : []),
    ...commands.map((command) => `sends ${describeCommand(command, now)}`),
    ...(crash === undefined ? [] : [`its process ends: ${crash}`]),
    describePace(pace),
  ];
}

function describeCommand(command: NodeCommand, now: Instant): string {
  const { kind, node, epoch, fence } = command;
  const upstream = kind === 'follow' || kind === 'hand over' ? ` to ${nodeId(command.upstream)}` : '';
  const forMs = kind === 'pause' ? ` for ${command.forMs}` : '';
  const soon = kind === 'hand over' ? `, within ${command.notAfter - now.mono}` : '';
  const what = kind === 'follow' ? `follow ${nodeId(command.upstream)}` : `${kind}${upstream}${forMs}`;
  return `${nodeId(node)} ${what} (epoch ${epoch}, ${fence} fence${soon})`;
}

function describePace(pace: Pace): string {
  if (pace.kind !== 'alert') return `pace ${pace.kind}`;
  return `pace alert, after ${pace.afterMs}${pace.full ? ', in full' : ''}`;
}

export function describeWrite(before: MasterState, after: MasterState, start: Instant): string[] {
  const events = after.events.filter(({ seq }) => seq > before.lastSeq);
  const lines = events.map(({ seq, type, payload }) => `event ${seq} ${type} ${payload}`);
  const told = facts(before, start);
  for (const [fact, value] of facts(after, start)) {
    if ((told.get(fact) ?? 'none') !== value) lines.push(`${fact}: ${value}`);
  }
  return lines;
}

/** The state as lines, so that what changed is what reads differently. */
function facts(state: MasterState, start: Instant): Map<string, string> {
  const { master, outage, election, failover, lastFailover, coolDown } = state;
  const { limitation, command, lastCommand, paused, simulate } = state;
  const previous = master.previousReplicationIds ?? [];
  const at = (wall: number) => `${wall - start.wall}`;
  const found = new Map([
    ['current epoch', String(state.currentEpoch)],
    ['config epoch', String(state.configEpoch)],
    ['master', `${nodeId(master.address)} ${master.runId} ${master.replicationId} at ${master.offset}`],
    ['voters', state.voters.join(' ')],
    ['outage', outage ? `since ${at(outage.since)}, valid until ${at(outage.masterValidAt)}` : 'none'],
    [
      'election',
      election ? `epoch ${election.epoch}, ${who(election.candidate)}, beat ${election.beat}` : 'none',
    ],
    ['failover', failover ? describeFailover(failover) : 'none'],
    ['last failover', lastFailover ? describeRecord(lastFailover, at) : 'none'],
    ['cool-down', coolDown ? `until ${at(coolDown.until)}: ${coolDown.reason}` : 'none'],
    ['why no failover', limitation ? `${limitation.reason} (by ${limitation.by})` : 'none'],
    ['asked for', command ? describeCommandAsked(command) : 'none'],
    ['answer', lastCommand ? describeOutcome(lastCommand) : 'none'],
    ['paused', paused ? `by ${paused.by}${paused.refused ? `: ${paused.refused}` : ''}` : 'none'],
    ['simulated', simulate ? Object.keys(simulate).join(' ') : 'none'],
    ['older histories', previous.length > 0 ? previous.join(' ') : 'none'],
    ['resolved', master.ip ?? 'none'],
    ['replicas', Object.keys(state.replicas).join(' ')],
  ]);
  for (const [id, { reconfiguration, repairedAt, ...more }] of Object.entries(state.replicas)) {
    found.set(`replica ${id}`, reconfiguration);
    found.set(`replica ${id} is a stranger`, more.stranger ?? 'none');
    found.set(`replica ${id} unconfirmed`, more.unconfirmed ? 'yes' : 'none');
    found.set(`replica ${id} hidden from clients`, more.announced === false ? 'yes' : 'none');
    found.set(`replica ${id} resolved`, more.ip ?? 'none');
    if (repairedAt !== undefined) found.set(`replica ${id} repaired`, `at ${at(repairedAt)}`);
  }
  for (const [id, why] of Object.entries(failover?.passedOver ?? {})) found.set(`passed over ${id}`, why);
  return found;
}

function describeFailover(failover: Failover): string {
  const { epoch, leader, beat, step, intent, kind, target, writesLost, twoMasters } = failover;
  const givenUp = intent?.givenUp ? ', given up' : '';
  return [
    `epoch ${epoch}, ${who(leader)}, beat ${beat}`,
    `${kind === 'automatic' ? '' : `${kind}, `}${step}${target ? ` to ${nodeId(target)}` : ''}`,
    ...(intent ? [`intent of epoch ${intent.epoch}: ${nodeId(intent.node)}${givenUp}`] : []),
    ...(writesLost === undefined ? [] : [`${writesLost} bytes lost`]),
    ...(twoMasters ? [`two masters for ${twoMasters.until - twoMasters.from} ms`] : []),
  ].join(', ');
}

function describeCommandAsked(command: PendingCommand): string {
  if (command.kind === 'resume') return 'resume';
  return `${command.coordinated ? 'coordinated' : 'forced'} failover${command.to ? ` to ${nodeId(command.to)}` : ''}`;
}

function describeOutcome({ id, epoch, reason }: CommandOutcome): string {
  return `${id}: ${epoch === undefined ? '' : `epoch ${epoch}, `}${reason}`;
}

function describeRecord(past: FailoverRecord, at: (wall: number) => string): string {
  const times = Object.entries(past.timeline).map(([step, wall]) => `${step} ${at(wall)}`);
  const to = past.to ? nodeId(past.to) : 'none';
  const passed = Object.entries(past.passedOver).map(([id, why]) => `; passed over ${id}: ${why}`);
  const kind = past.kind === 'automatic' ? '' : `${past.kind}, `;
  const from = `${kind}epoch ${past.epoch} by ${past.leader}, ${nodeId(past.from)} to ${to}`;
  const lost = past.writesLost === undefined ? '' : `; ${past.writesLost} bytes lost`;
  const both = past.twoMasters ? `; two masters for ${past.twoMasters.until - past.twoMasters.from} ms` : '';
  return `${from}, ${past.outcome} (${times.join(', ')})${lost}${both}${passed.join('')}`;
}

function who({ sentinel, incarnation }: { sentinel: string; incarnation: number }): string {
  return `${sentinel}/${incarnation}`;
}
