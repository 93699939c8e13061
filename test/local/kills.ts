/** A zone's processes killed at an exact step of a failover: between a write's effect and its reply. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type MasterState, nodeId, type Vote } from '../../src/core/model.ts';
import { Oracle } from '../../src/local/oracle.ts';
import { nodeOf, settled } from '../../src/local/rehearsal.ts';
import { type Stack, startStack } from '../../src/local/stack.ts';
import { functionNameOf } from '../../src/local/stack-functions.ts';
import type { TableWrite } from '../../src/local/table-operation.ts';
import { until } from '../../src/local/until.ts';

export const STEPS = [
  'election opened',
  'votes cast',
  'elected',
  'intent written',
  'promoted',
  'switched',
  'one replica reconfigured',
] as const;
export type Step = (typeof STEPS)[number];
export const ROLES = ['leader', 'voter'] as const;
export type Role = (typeof ROLES)[number];

export interface KillResult {
  readonly state: MasterState;
  readonly broken: readonly string[];
  readonly leaders: ReadonlyMap<number, string>;
  /** From the kill of the zone to the end of the failover. */
  readonly endedAfterMs: number;
  /** The zone whose processes were killed. */
  readonly killed: string;
}

/**
 * @param leaseMs - the leader's lease: what a dead leader costs
 * @throws Error when the failover does not complete
 */
export async function killAt(step: Step, role: Role, leaseMs: number): Promise<KillResult> {
  const log: string[] = [];
  const stack = await startStack({
    name: 'mymaster',
    directives: { quorum: 2, 'down-after-milliseconds': 500, 'lease-milliseconds': leaseMs },
    pulseMs: 500,
    replicas: 3,
    onLog: (source, pid, line) => log.push(`${source}[${pid}] ${line}`),
  });
  try {
    const oracle = new Oracle();
    const before = await settled(stack, 30_000);
    stack.table.onWrite(oracle.check);
    const kill = armKill(stack, step, role);
    await nodeOf(stack, nodeId(before.master.address)).kill();
    const killed = await kill;
    const killedAt = performance.now();
    const state = await until(
      `the failover's completion (killed ${role} at "${step}")`,
      () => completed(stack),
      {
        timeoutMs: 6 * leaseMs + 20_000,
        everyMs: 25,
      },
    );
    const endedAfterMs = Math.round(performance.now() - killedAt);
    await until('every replica following', () => allFollow(stack, state), { timeoutMs: 15_000, everyMs: 50 });
    return { state, broken: oracle.broken, leaders: oracle.leaders, endedAfterMs, killed };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${log.slice(-60).join('\n')}`);
  } finally {
    await stack.end();
  }
}

async function completed(stack: Stack): Promise<MasterState | undefined> {
  const state = await stack.state();
  const switched = state.configEpoch > 0 && state.lastFailover?.outcome.startsWith('switched');
  return switched && !state.failover && !state.election ? state : undefined;
}

async function allFollow(stack: Stack, { master }: MasterState): Promise<boolean> {
  for (const node of stack.nodes) {
    if (!node.running || nodeId(node.address) === nodeId(master.address)) continue;
    const client = node.client({ retryStrategy: null });
    const info = await client.info('replication').finally(() => client.disconnect());
    if (!info.includes(`master_port:${master.address.port}`) || !info.includes('master_link_status:up'))
      return false;
  }
  return true;
}

/** Resolves with the zone that was killed, once, when the step's write has taken effect. */
function armKill(stack: Stack, step: Step, role: Role): Promise<string> {
  return new Promise((resolve) => {
    atStep(stack, step, async (leader, write) => {
      const voter = stack.zones.find((zone) => zone !== leader && zone !== voterOf(write)) ?? leader;
      const victim = role === 'leader' ? leader : (voterOf(write) ?? voter);
      await killZone(stack, victim);
      resolve(victim);
    });
  });
}

/**
 * Strikes once, when a write of the step has taken effect and its writer does not know it yet.
 * @param strike - is told the zone that leads, or stands
 * @param missed - is told why a node that was to be promoted first never was. @default an error nobody catches
 * @returns the function that disarms it
 */
export function atStep(
  stack: Stack,
  step: Step,
  strike: (leader: string, write: TableWrite) => Promise<void>,
  missed = (error: Error): void => {
    throw error;
  },
): () => void {
  let done = false;
  const unsubscribe = stack.table.onWrite(async (write) => {
    const leader = done ? undefined : reached(step, write);
    if (leader === undefined) return;
    done = true;
    unsubscribe();
    if (step !== 'promoted') return strike(leader, write);
    void afterPromotion(stack, leader, write, () => strike(leader, write)).catch(missed);
  });
  return unsubscribe;
}

/** The switch is kept from the table until the promoted node says master; then the victim is struck. */
async function afterPromotion(
  stack: Stack,
  leader: string,
  write: TableWrite,
  strike: () => Promise<void>,
): Promise<void> {
  const state = unmarshall(write.item ?? {}) as MasterState;
  const node = nodeOf(stack, nodeId(state.failover?.intent?.node ?? state.master.address));
  const clear = stack.table.fault({
    caller: functionNameOf(leader),
    sk: 'STATE',
    operation: 'PutItem',
    fault: { kind: 'cut' },
  });
  const client = node.client();
  try {
    await until('the promotion', async () => ((await client.role()) as unknown[])[0] === 'master', {
      timeoutMs: 10_000,
    });
    await strike();
  } finally {
    client.disconnect();
    clear();
  }
}

/** @returns the leader's (or candidate's) zone when this write is the step */
function reached(step: Step, { key, item }: TableWrite): string | undefined {
  if (!item) return undefined;
  if (key.sk.startsWith('VOTE#')) {
    const vote = unmarshall(item) as Vote;
    return step === 'votes cast' && vote.sentinel !== vote.candidate.sentinel
      ? vote.candidate.sentinel
      : undefined;
  }
  if (key.sk !== 'STATE') return undefined;
  const { election, failover, replicas } = unmarshall(item) as MasterState;
  switch (step) {
    case 'votes cast':
      return undefined;
    case 'election opened':
      return election?.candidate.sentinel;
    case 'elected':
      return failover?.step === 'selecting' ? failover.leader.sentinel : undefined;
    case 'intent written':
    case 'promoted':
      return failover?.step === 'promoting' ? failover.leader.sentinel : undefined;
    case 'switched':
      return failover?.step === 'reconfiguring' ? failover.leader.sentinel : undefined;
    case 'one replica reconfigured': {
      const done = Object.values(replicas).some(({ reconfiguration }) => reconfiguration === 'done');
      return failover?.step === 'reconfiguring' && done ? failover.leader.sentinel : undefined;
    }
  }
}

function voterOf({ key, item }: TableWrite): string | undefined {
  return item && key.sk.startsWith('VOTE#') ? (unmarshall(item) as Vote).sentinel : undefined;
}

/** SIGKILL to every process of the zone, and its death awaited. */
export async function killZone(stack: Stack, zone: string): Promise<void> {
  for (const { pid } of stack.functions.environments(functionNameOf(zone))) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it ended by itself a moment ago
    }
  }
}
