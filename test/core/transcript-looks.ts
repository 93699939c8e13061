/**
 * The look lines of a transcript:
 *
 *   look n1:6379 refused | silent | busy | misconfigured | loading [run r2]
 *   look n1:6379 master [replicas n2:6379 n3:6379] [offset 100] [run r2] [history h2 [after h1]] [keys 0]
 *   look n2:6379 slave of n1:6379 [offset 90] [io 0] [link down 2000] [priority 0] [syncing] [run …] [history …]
 *
 * Either may end in [zone z1] [at 10.0.0.1] [unannounced] [in FAILOVER]: its availability zone, what its name was
 * resolved to, `replica-announced no`, and a FAILOVER of Redis' own.
 * `for 1200` repeats the look every 100 ms while so much time passes. Full INFO is read unless the line says `brief`.
 */

import type { NodeInfo, Upstream } from '../../src/core/info.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { rememberLooks } from '../../src/core/memory.ts';
import { type Address, type MonoMs, nodeId } from '../../src/core/model.ts';
import { address, pass, type Stage, speaking } from './stage.ts';

/** The longest there is: a story may pass from one pulse to the next. */
const PULSE_MS = 60_000;

const EVERY_MS = 100;

export function playLook(stage: Stage, node: Address, what: string, forMs: number): void {
  for (let passed = 0; ; passed += EVERY_MS) {
    remember(stage, node, what);
    if (passed >= forMs) return;
    pass(stage, Math.min(EVERY_MS, forMs - passed));
  }
}

function remember(stage: Stage, node: Address, what: string): void {
  const process = speaking(stage);
  const known = process.memory.nodes[nodeId(node)];
  const { mono } = stage.now;
  const unanswered = known?.last.outcome === 'silent' ? known.last.since : mono;
  const look = readLook(node, what, mono, unanswered);
  process.memory = rememberLooks(process.memory, stage.state, [look], PULSE_MS);
}

function readLook(node: Address, what: string, mono: MonoMs, unansweredSince: MonoMs): NodeLook {
  const base = { node, sentAt: mono, at: mono };
  const link = `link to ${nodeId(node)}`;
  switch (what) {
    case 'refused':
      return { ...base, outcome: 'refused', detail: 'ECONNREFUSED' };
    case 'silent':
      return { ...base, outcome: 'silent', since: unansweredSince };
    case 'busy':
      return { ...base, outcome: 'busy', detail: 'BUSY a script runs', link };
    case 'misconfigured':
      return { ...base, outcome: 'misconfigured', detail: 'WRONGPASS' };
    case 'loading':
      return { ...base, outcome: 'answered', reply: 'loading', link };
    default: {
      const loading = /^loading (?<rest>run \S+)$/.exec(what)?.groups?.['rest'];
      const { info, ip } = readInfo(node, loading ? `master offset 0 ${loading} keys 0` : what);
      const reply = loading ? 'loading' : 'pong';
      return { ...base, outcome: 'answered', reply, info, link, ...(ip !== undefined && { ip }) };
    }
  }
}

const INFO =
  /^(?<role>master|slave of (?<upstream>\S+))( replicas (?<list>\S+:\d+( \S+:\d+)*))?( offset (?<offset>\d+))?( io (?<io>\d+))?( link down (?<down>\d+))?( priority (?<priority>\d+))?(?<syncing> syncing)?( run (?<run>\S+))?( history (?<history>\S+)( after (?<before>\S+))?)?( keys (?<keys>\d+))?( zone (?<zone>\S+))?( at (?<ip>\S+))?(?<hidden> unannounced)?(?<failing> in FAILOVER)?(?<brief> brief)?$/;

function readInfo(node: Address, what: string): { info: NodeInfo; ip: string | undefined } {
  const groups = INFO.exec(what)?.groups;
  if (!groups) throw new Error(`not understood: look … ${what}`);
  const { upstream, list, offset, io, down, priority, syncing, run, history, brief } = groups;
  const { before, keys, zone, ip, hidden, failing } = groups;
  const told: NodeInfo = {
    role: upstream ? 'slave' : 'master',
    replicationId: history ?? 'history-1',
    replicationId2: before ?? '0'.repeat(40),
    offset: Number(offset ?? 100),
    replicas: (list?.split(' ') ?? []).map((id) => ({ address: address(id), state: 'online', offset: 100 })),
    ...(!brief && { runId: run ?? `run-${node.host}` }),
    ...(keys !== undefined && { keys: Number(keys) }),
    ...(zone !== undefined && { zone }),
    ...(failing && { handingOver: true }),
  };
  if (!upstream) return { info: told, ip };
  const linkUp = down === undefined && !syncing;
  const link: Upstream = {
    address: address(upstream),
    linkUp,
    ...(linkUp && { lastIoAgoMs: Number(io ?? 1000) }),
    ...(down !== undefined && { linkDownForMs: Number(down) }),
    syncInProgress: syncing !== undefined,
    priority: Number(priority ?? 100),
    announced: hidden === undefined,
  };
  return { info: { ...told, upstream: link }, ip };
}
