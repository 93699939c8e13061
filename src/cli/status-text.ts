/** The status of masters as text. Everything in it was stripped of control characters by the descriptions. */
import { DIRECTIVE_NAMES, directiveText, PRESETS } from '../core/directives.ts';
import type { MasterState } from '../core/model.ts';
import {
  describeMaster,
  type FailoverDescription,
  type LastFailoverDescription,
  type MasterDescription,
  type TimelineDescription,
  timestamp,
} from '../http/master.ts';
import { printable } from '../http/printable.ts';
import { describeReplicas, type ReplicaDescription } from '../http/replicas.ts';
import type { Seen } from '../http/seen.ts';
import { describeSentinels, type EventDescription, type SentinelDescription } from '../http/sentinels.ts';
import { columns } from './output.ts';

export type Row =
  | { readonly name: string; readonly seen: Seen }
  | { readonly name: string; readonly unreadable: string };

const HEADING = ['NAME', 'MASTER', 'STATUS', 'EPOCH', 'QUORUM', 'REPLICAS', 'SENTINELS'];

export function listingText(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    if ('unreadable' in row) return [row.name, '?', `unreadable: ${printable(row.unreadable)}`];
    const { address, status, epoch, quorum, replicas } = describeMaster(row.seen.state);
    const down = describeReplicas(row.seen).replicas.filter(({ conditions }) => conditions.down).length;
    const { usable, voters } = describeSentinels(row.seen).ckquorum;
    const told = [address, statusWord(row.seen.state, status), String(epoch), String(quorum)];
    const reachable = down === 0 ? String(replicas.length) : `${replicas.length} (${down} down)`;
    return [row.name, ...told, reachable, `${usable} of ${voters}`];
  });
  return columns([HEADING, ...cells]);
}

export function masterText(seen: Seen, events: readonly EventDescription[]): string {
  const described = describeMaster(seen.state);
  const { failover, lastFailover } = described;
  const { ckquorum, sentinels } = describeSentinels(seen);
  const { replicas } = describeReplicas(seen);
  const sections = [
    [`${described.name}  ${described.address}  ${statusWord(seen.state, described.status)}`],
    indented([
      ...(described.since === undefined ? [] : [`master since ${described.since}`]),
      `configuration epoch ${described.epoch}, current epoch ${described.currentEpoch}, revision ${described.rev}`,
      `quorum ${described.quorum} of ${ckquorum.voters}: ${ckquorum.line}`,
      `directives: ${ownDirectives(seen.state) || 'all at their defaults'}`,
      ...remarks(described, seen.state),
    ]),
    ['replicas'],
    replicas.length === 0
      ? ['  none known']
      : [
          columns(
            replicas.map((one) => replicaRow(one, failover !== undefined)),
            '  ',
          ),
        ],
    ['sentinels'],
    sentinels.length === 0
      ? ['  none seen']
      : [
          columns(
            sentinels.map((one) => sentinelRow(one, seen)),
            '  ',
          ),
        ],
    ...(failover ? [['failover'], indented(failoverLines(failover, `step ${failover.step}`))] : []),
    ...(lastFailover ? [['last failover'], indented(lastFailoverLines(lastFailover))] : []),
    ...(events.length > 0 ? [['events'], [columns(events.map(eventRow), '  ')]] : []),
  ];
  return sections.flat().join('\n');
}

function statusWord({ paused, directives }: MasterState, status: MasterDescription['status']): string {
  const aside = paused ? ' (paused)' : directives.observeOnly ? ' (observed only)' : '';
  return `${status}${aside}`;
}

function remarks(
  { coolDown, limitation, paused, strangers = {} }: MasterDescription,
  state: MasterState,
): string[] {
  const { command, lastCommand } = state;
  return [
    ...(paused ? [`paused by ${paused.by} since ${paused.since}${because(paused.refused)}`] : []),
    ...(limitation
      ? [`no failover, as ${limitation.by} finds since ${limitation.since}: ${limitation.reason}`]
      : []),
    ...(coolDown ? [`no automatic failover before ${coolDown.until}: ${coolDown.reason}`] : []),
    ...(command ? [`asked for by ${printable(command.by)}, and pending: ${command.kind}`] : []),
    ...(lastCommand && lastCommand.epoch === undefined
      ? [`the last command was refused at ${timestamp(lastCommand.at)}: ${printable(lastCommand.reason)}`]
      : []),
    ...Object.entries(strangers).map(([node, why]) => `${node} is a stranger: ${why}`),
  ];
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `; it could not be resumed: ${reason}`;
}

function ownDirectives({ directives }: MasterState): string {
  const presets = { ...PRESETS, quorum: directives.quorum };
  return DIRECTIVE_NAMES.flatMap((name) => {
    const text = directiveText(name, directives);
    return text === directiveText(name, presets) ? [] : [`${name} ${text}`];
  }).join(', ');
}

/** @param reconfiguring - a failover is open; what became of the replica in the last one is told there */
function replicaRow(replica: ReplicaDescription, reconfiguring: boolean): string[] {
  const found = Object.entries(replica.conditions).map(
    ([word, by]) => `${CONDITIONS[word]} (${by.join(', ')})`,
  );
  const reconfiguration =
    reconfiguring && replica.reconfiguration !== 'none' ? [`reconfiguration ${replica.reconfiguration}`] : [];
  const asides = [
    ...(replica.stranger === undefined ? [] : ['stranger']),
    ...(replica.declared ? ['declared'] : []),
    ...(replica.confirmed ? [] : ['not confirmed since RESET']),
    ...(replica.announced || replica.stranger !== undefined ? [] : ['not announced']),
    ...(reconfiguring && replica.passedOver !== undefined ? [`passed over: ${replica.passedOver}`] : []),
  ];
  return [replica.address, [...found, ...reconfiguration, ...asides].join('; ') || 'ok'];
}

const CONDITIONS: Readonly<Record<string, string>> = {
  down: 'S_DOWN',
  role: 'of another role than it should be',
  misconfigured: 'misconfigured',
};

function sentinelRow({ id, votes, usable, lastSeen, told }: SentinelDescription, seen: Seen): string[] {
  const ageS = lastSeen === undefined ? undefined : Math.max(0, seen.at.wall - Date.parse(lastSeen)) / 1000;
  const age = ageS === undefined ? 'never seen' : `seen ${Math.round(ageS)} s ago`;
  const view = told?.current && usable ? `${told.subjectivelyDown ? 'S_DOWN: ' : ''}${told.detail}` : '';
  return [id, usable ? 'usable' : 'unusable', votes ? 'votes' : 'does not vote', age, view];
}

function failoverLines(one: FailoverDescription | LastFailoverDescription, what: string): string[] {
  const to = one.to === undefined ? '' : ` to ${one.to}`;
  const passedOver = Object.entries(one.passedOver).map(([node, why]) => `${node} was passed over: ${why}`);
  const lost = one.writesLost === undefined ? [] : [`writes lost: ${one.writesLost} bytes`];
  return [
    `epoch ${one.epoch}, ${one.kind}, led by ${one.leader}, from ${one.from}${to}: ${what}`,
    timelineText(one.timeline),
    ...lost,
    ...passedOver,
  ];
}

function lastFailoverLines(one: LastFailoverDescription): string[] {
  const both = one.twoMasters;
  return [
    ...failoverLines(one, one.outcome),
    ...(both ? [`two nodes may have said master from ${both.from} until ${both.until}`] : []),
  ];
}

/** `started 2026-…Z, elected +12 ms, …`, in the order in which it happened. */
function timelineText(timeline: TimelineDescription): string {
  const moments = Object.entries(timeline).sort(([, a], [, b]) => Date.parse(a) - Date.parse(b));
  const [first] = moments;
  if (!first) return 'no moment of it is known';
  const later = moments.slice(1).map(([step, at]) => `${step} +${Date.parse(at) - Date.parse(first[1])} ms`);
  return [`${first[0]} ${first[1]}`, ...later].join(', ');
}

function eventRow({ at, by, type, payload }: EventDescription): string[] {
  return [at, by, `${type} ${payload}`];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
