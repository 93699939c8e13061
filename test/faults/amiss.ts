/** What a node says of itself, held against what the sentinels say of it. */
import type { RedisServer } from '../../src/local/redis-server.ts';

/** A write that a pause holds back is answered when that ends: later than this. */
const PROMPT_MS = 500;

/** @returns what is wrong with a node that is to be the master */
export async function amissAtMaster(node: RedisServer): Promise<string | undefined> {
  return asking(node, async (client) => {
    const role = (await client.role()) as unknown[];
    if (role[0] !== 'master') return `is the master and says ${role[0]}`;
    await client.set('faults:writable', '1');
    return undefined;
  });
}

/** @returns what is wrong with a node that is to follow `master` */
export async function amissAtReplica(node: RedisServer, master: string): Promise<string | undefined> {
  return asking(node, async (client) => {
    const [role, host, port, link] = (await client.role()) as unknown[];
    if (role !== 'slave') return `is a replica and says ${role}`;
    if (`${host}:${port}` !== master) return `follows ${host}:${port}`;
    if (link !== 'connected') return `has a link that is ${link}`;
    const answer = await client.set('faults:writable', '1').catch((error: Error) => error.message);
    return answer?.startsWith('READONLY') ? undefined : `answers a write with ${answer}`;
  });
}

async function asking<T>(
  node: RedisServer,
  question: (client: ReturnType<RedisServer['client']>) => Promise<T>,
): Promise<T> {
  const client = node.client({
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    commandTimeout: PROMPT_MS,
    protocol: 2,
  });
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}
