/** The input lines of a transcript, each as a pattern and what it does to the stage. */
import { type CommandReply, judgeReplies } from '../../src/core/commands.ts';
import { changeDirectives } from '../../src/core/directives.ts';
import { type Address, type MasterState, nodeId, type Observation, SCHEMA } from '../../src/core/model.ts';
import { BLANK } from '../../src/core/view.ts';
import { address, pass, type Stage, speaking } from './stage.ts';
import { playLook } from './transcript-looks.ts';

type Groups = Readonly<Record<string, string | undefined>>;

/** Unset groups are `undefined`; a set one always matched. */
export const LINES: readonly (readonly [RegExp, (stage: Stage, groups: Groups) => void])[] = [
  [/^master (?<node>\S+)( offset (?<offset>\d+))?$/, nameMaster],
  [/^replicas (?<list>.+)$/, (stage, { list }) => nameReplicas(stage, words(list).map(address))],
  [/^voters (?<list>.+)$/, (stage, { list }) => set(stage, { voters: words(list) })],
  [/^quorum (?<value>\d+)$/, (stage, { value }) => direct(stage, 'quorum', value)],
  [/^set (?<directive>\S+) (?<value>\S+)$/, (stage, { directive, value }) => direct(stage, directive, value)],
  [/^self (?<id>\w+)(\/(?<incarnation>\d+))?$/, speak],
  [/^after (?<ms>\d+)$/, (stage, { ms }) => pass(stage, Number(ms))],
  [/^look (?<node>\S+) (?<what>.+?)( for (?<ms>\d+))?$/, look],
  [
    /^observation (?<id>\w+) (?<word>up|down)( valid (?<ms>\d+) ago)?( about (?<node>\S+))?( heard by (?<list>.+))?$/,
    (stage, groups) => observe(stage, groups),
  ],
  [/^vote (?<id>\w+) for (?<zone>\w+)\/(?<incarnation>\d+)$/, vote],
  [
    /^reply (?<kind>promote|follow|pause|hand over|unpause|shut out|free|kill script) (?<node>\S+) (?<outcome>done|abandoned|unknown|refused)( offset (?<offset>\d+))?( history (?<history>\S+) after (?<before>\S+))?$/,
    reply,
  ],
  [/^declared (?<node>\S+)$/, declare],
  [/^tilt is over$/, (stage) => tilt(stage, {})],
  [/^tilt: (?<why>.+?)(?<passing>, until the next look)?$/, tilt],
  [/^(?<who>leader|candidate) (?<zone>\w+)\/(?<incarnation>\d+) beats$/, beat],
];

function words(list: string | undefined): string[] {
  return list ? list.split(' ') : [];
}

function set(stage: Stage, change: Partial<MasterState>): void {
  stage.state = { ...stage.state, ...change };
}

function nameMaster(stage: Stage, { node = '', offset }: Groups): void {
  const master = { address: address(node), runId: `run-${address(node).host}`, replicationId: 'history-1' };
  set(stage, { master: { ...master, offset: Number(offset ?? 100) } });
}

function nameReplicas(stage: Stage, nodes: readonly Address[]): void {
  const records = nodes.map((node) => [nodeId(node), { address: node, reconfiguration: 'none' }] as const);
  set(stage, { replicas: Object.fromEntries(records) });
}

function direct(stage: Stage, directive = '', value = ''): void {
  const read = changeDirectives(stage.state.directives, { [directive]: value });
  if (!read.ok) throw new Error(`${directive} ${value} is no valid directive`);
  set(stage, { directives: read.value });
}

function speak(stage: Stage, { id = '', incarnation }: Groups): void {
  const key = incarnation === undefined ? id : `${id}/${incarnation}`;
  const alertSince = stage.now.mono;
  const self = incarnation === undefined ? { id } : { id, incarnation: Number(incarnation), alertSince };
  const process = stage.processes.get(key) ?? { self, memory: BLANK, sent: [] };
  stage.processes.set(key, process);
  stage.speaker = process;
}

function tilt(stage: Stage, { why, passing }: Groups): void {
  const process = speaking(stage);
  const { tilt: _, ...self } = process.self;
  process.self = why === undefined ? self : { ...self, tilt: { why, passing: passing !== undefined } };
}

function declare(stage: Stage, { node = '' }: Groups): void {
  const record = { address: address(node), reconfiguration: 'none', declared: true } as const;
  set(stage, { replicas: { ...stage.state.replicas, [node]: record } });
}

function look(stage: Stage, { node = '', what = '', ms }: Groups): void {
  playLook(stage, address(node), what, Number(ms ?? 0));
}

function observe({ state, now, observations }: Stage, { id = '', word, ms, node, list }: Groups): void {
  const down = word === 'down';
  const next: Observation = {
    schema: SCHEMA,
    master: state.name,
    sentinel: id,
    incarnation: 1,
    seq: (observations.get(id)?.seq ?? 0) + 1,
    at: now.wall,
    address: node === undefined ? state.master.address : address(node),
    configEpoch: state.configEpoch,
    health: down ? 'refused' : 'up',
    subjectivelyDown: down,
    detail: '',
    ...(ms !== undefined && { lastValidAt: now.wall - Number(ms) }),
    heardBy: words(list),
    alert: down,
    handover: false,
    events: [],
  };
  observations.set(id, next);
}

function vote(stage: Stage, { id = '', zone = '', incarnation }: Groups): void {
  const candidate = { sentinel: zone, incarnation: Number(incarnation) };
  const { name, currentEpoch } = stage.state;
  const cast = { master: name, epoch: currentEpoch, sentinel: id, candidate, at: stage.now.wall };
  stage.votes = [...stage.votes, cast];
}

/**
 * The node's answer to a command of the speaker's last decision; one that was not sent cannot be answered. `offset` and
 * `history` are what the node says of itself inside the transaction.
 */
function reply(stage: Stage, { kind, node, outcome, offset, history, before }: Groups): void {
  const process = speaking(stage);
  const command = process.sent.find((sent) => sent.kind === kind && nodeId(sent.node) === node);
  if (!command) throw new Error(`no ${kind} was just sent to ${node}`);
  const role = ['follow', 'hand over', 'shut out'].includes(kind ?? '') ? 'slave' : 'master';
  const told = offset === undefined ? [] : [infoText(role, offset, history, before)];
  const judged: Pick<CommandReply, 'outcome' | 'detail' | 'info'> =
    outcome === 'done'
      ? judgeReplies(command, ['OK', ...told, [role]])
      : outcome === 'refused'
        ? judgeReplies(command, [new Error('NOPERM no permission')])
        : { outcome: outcome as 'abandoned' | 'unknown', detail: 'no answer in time' };
  const replies = [
    ...process.memory.replies,
    { command, sentAt: stage.now.mono, at: stage.now.mono, ...judged },
  ];
  process.memory = { ...process.memory, replies };
}

function infoText(role: string, offset: string, history = 'history-1', before = '0'.repeat(40)): string {
  const offsets = [`master_repl_offset:${offset}`, `slave_repl_offset:${offset}`];
  return [`role:${role}`, `master_replid:${history}`, `master_replid2:${before}`, ...offsets].join('\r\n');
}

function beat(stage: Stage, { who, zone, incarnation }: Groups): void {
  const { election, failover } = stage.state;
  const holder = who === 'leader' ? failover?.leader : election?.candidate;
  if (holder?.sentinel !== zone || holder?.incarnation !== Number(incarnation)) {
    throw new Error(`${zone}/${incarnation} is not the ${who}`);
  }
  if (who === 'leader' && failover) set(stage, { failover: { ...failover, beat: failover.beat + 1 } });
  if (who === 'candidate' && election) set(stage, { election: { ...election, beat: election.beat + 1 } });
}
