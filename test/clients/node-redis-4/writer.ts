/** node-redis 4, which has no Sentinel client: the application asks, and asks again when a call fails. */
import { createClient } from 'redis-4';
import { keepWriting, readAsked, versionOf } from '../writing.ts';

const { sentinels, master, key } = readAsked();

// #region snippet
let current: ReturnType<typeof clientOf> | undefined;

function clientOf(host: string, port: number, name = '') {
  const socket = { host, port, reconnectStrategy: false, connectTimeout: 2000 } as const;
  const client = createClient({ socket, ...(name && { name }) });
  client.on('error', () => {}); // told by the call that fails
  return client;
}

async function ask(host: string, port: number): Promise<string[]> {
  const client = clientOf(host, port);
  try {
    await client.connect();
    return await client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master]);
  } finally {
    if (client.isOpen) await client.disconnect();
  }
}

async function connected() {
  if (current) return current;
  for (const { host, port } of sentinels) {
    const [masterHost = '', masterPort] = await ask(host, port).catch(() => []);
    if (!masterHost) continue; // the next one knows
    const client = clientOf(masterHost, Number(masterPort), key);
    await client.connect();
    current = client;
    return current;
  }
  throw new Error(`no sentinel knows ${master}`);
}

async function push(value: number): Promise<number> {
  const client = await connected();
  try {
    return await client.rPush(key, String(value));
  } catch (error) {
    // also for READONLY: it may be a replica now
    current = undefined;
    if (client.isOpen) await client.disconnect();
    throw error;
  }
}
// #endregion

await keepWriting({
  version: versionOf('redis-4'),
  write: push,
  last: async () => (await (await connected()).lIndex(key, -1)) ?? undefined,
  close: async () => (await connected()).quit(),
});
