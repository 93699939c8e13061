/**
 * One failover of a running stack, from the kill of its master to the old master's return as a replica, with every
 * moment taken from what the sentinels wrote and from what a client saw.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { type MasterState, nodeId } from '../core/model.ts';
import type { LocalEvent } from './events.ts';
import type { RedisServer } from './redis-server.ts';
import type { Stack } from './stack.ts';
import { until } from './until.ts';
import { Writer } from './writer.ts';

/** Milliseconds since the kill. */
export interface Moments {
  /** Of the first zone. */
  readonly sdown: number;
  readonly odown: number;
  readonly elected: number;
  readonly promoted: number;
  readonly switched: number;
  readonly firstWrite: number;
  readonly replicasReattached: number;
  readonly oldMasterDemoted: number;
}

export interface Rehearsal {
  readonly ms: Moments;
  readonly writes: { readonly acknowledged: number; readonly failed: number; readonly lost: number };
  readonly epoch: number;
  readonly leader: string;
  /** From the start of the revived old master's process to the moment it says slave. */
  readonly demotedAfterReviveMs: number;
}

/** What the rehearsal tells while it goes on. */
export interface Audience {
  readonly onKill: (node: RedisServer, at: number) => void;
  readonly onRevive: (node: RedisServer) => void;
  readonly onProgress: (what: string) => void;
}

/** Zones that watch, replicas that replicate: what must stand before anything is killed. */
export async function settled(stack: Stack, timeoutMs: number, signal?: AbortSignal): Promise<MasterState> {
  return until(
    'every zone a voter and every replica known',
    async () => {
      for (const [name, nodes] of stack.groups) {
        const { replicas, voters } = await stack.state(name);
        if (Object.keys(replicas).length !== nodes.length - 1) return false;
        if (voters.length !== stack.zones.length) return false;
      }
      const beats = await stack.store.readSentinels();
      return beats.length === stack.zones.length && stack.state();
    },
    { timeoutMs, everyMs: 50, ...(signal && { signal }) },
  );
}

/**
 * @param events - every event of the stack so far and to come, oldest first
 * @throws Error that names what did not happen in time
 */
export async function rehearse(
  stack: Stack,
  events: readonly LocalEvent[],
  audience: Audience,
  signal: AbortSignal,
): Promise<Rehearsal> {
  const before = await stack.state();
  const old = nodeOf(stack, nodeId(before.master.address));
  const writer = new Writer(stack.readUrl, stack.name);
  writer.start();
  try {
    await until('a first acknowledged write', () => writer.acknowledged.length > 100, {
      timeoutMs: 10_000,
      signal,
    });
    const firstEvent = events.length;
    const killedAt = Date.now();
    const { downAfterMs, leaseMs } = before.directives;
    const timeoutMs = downAfterMs + 4 * leaseMs + 20_000;
    await old.kill();
    audience.onKill(old, killedAt);

    const happened = (type: string) => events.slice(firstEvent).find((event) => event.type === type);
    const waitFor = <T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false) =>
      until(what, look, { timeoutMs, signal });
    const switched = await waitFor('+switch-master', () => happened('+switch-master'));
    const state = await stack.state();
    const firstWrite = await waitFor('a write to the new master', () =>
      writer.acknowledged.find(
        ({ at, address }) => at >= killedAt && address === nodeId(state.master.address),
      ),
    );
    const { lastFailover } = await waitFor('the end of the failover', async () => {
      const now = await stack.state();
      return now.failover === undefined && now.lastFailover ? now : undefined;
    });
    const reattached = events.slice(firstEvent).findLast(({ type }) => type === '+slave-reconf-done');

    await wait(500, undefined, { signal });
    audience.onRevive(old);
    const revivedAt = Date.now();
    const demoted = waitFor('the old master a replica of the new one', () => follows(old, state));
    await old.restart();
    const demotedAt = await demoted;
    await waitFor('the old master in sync', async () => (await linkIsUp(old)) || undefined);

    await writer.end();
    const lost = await writer.lostAt(state.master.address);
    const since = (at: number | undefined) => (at === undefined ? Number.NaN : Math.round(at - killedAt));
    return {
      ms: {
        sdown: since(happened('+sdown')?.at),
        odown: since(happened('+odown')?.at),
        elected: since(lastFailover?.timeline.elected),
        promoted: since(lastFailover?.timeline.promoted),
        switched: since(switched.at),
        firstWrite: since(firstWrite.at),
        replicasReattached: since(reattached?.at),
        oldMasterDemoted: since(demotedAt),
      },
      writes: { acknowledged: writer.acknowledged.length, failed: writer.failed, lost },
      epoch: lastFailover?.epoch ?? Number.NaN,
      leader: lastFailover?.leader ?? '',
      demotedAfterReviveMs: Math.round(demotedAt - revivedAt),
    };
  } finally {
    await writer.end();
  }
}

export function nodeOf(stack: Stack, id: string): RedisServer {
  const node = [...stack.groups.values()].flat().find(({ announced }) => nodeId(announced) === id);
  if (!node) throw new Error(`no node of the stack is ${id}`);
  return node;
}

/** @returns when it was first seen to follow the state's master */
async function follows(node: RedisServer, state: MasterState): Promise<number | undefined> {
  const role = (await ask(node, (client) => client.role())) as unknown[];
  const { host, port } = state.master.address;
  return role[0] === 'slave' && role[1] === host && role[2] === port ? Date.now() : undefined;
}

async function linkIsUp(node: RedisServer): Promise<boolean> {
  return (await ask(node, (client) => client.info('replication'))).includes('master_link_status:up');
}

async function ask<T>(
  node: RedisServer,
  question: (client: ReturnType<RedisServer['client']>) => Promise<T>,
): Promise<T> {
  const client = node.client({ retryStrategy: null, maxRetriesPerRequest: 0, enableReadyCheck: false });
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}
