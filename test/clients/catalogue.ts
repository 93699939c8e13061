/** The clients, each as its users configure it: the addresses of the sentinels, the master's name, and nothing else. */
import { fileURLToPath } from 'node:url';
import { ensureClient, findClient } from '../../scripts/client-toolchains.mjs';

export interface Client {
  /** As users call it, without its version, which it tells itself. */
  readonly name: string;
  /** Of its program in this folder, which has its snippet too. */
  readonly folder: string;
  /** Of the program's regions, which together are its configuration. */
  readonly snippet: readonly string[];
  readonly protocol: 2 | 3;
  /** Given to its program beside what all are given. */
  readonly own: readonly string[];
  /** Whether its connections bear the name they are given. */
  readonly named: boolean;
  /** Beside the address: what the application has to do. */
  readonly needs: string;
}

const REPEATS = 'calls fail meanwhile: the application repeats them';
const WAITS = 'nothing: calls wait meanwhile';
const MOSTLY_WAITS = 'calls wait meanwhile, but one under way may fail';
const ASKS_LATE = 'calls fail meanwhile: it asks anew 5 s after the first event of a change';
const REPEATS_ITSELF = 'it repeats calls, up to `MaxRetries`: the application repeats what fails still';

export const JAVASCRIPT: readonly Client[] = [
  client('ioredis', 'ioredis', { protocol: 3, own: ['ioredis'], needs: WAITS }),
  client('ioredis', 'ioredis', { protocol: 2, own: ['ioredis'], needs: WAITS }),
  client('ioredis', 'ioredis', { protocol: 2, own: ['ioredis-5'], needs: WAITS }),
  client('node-redis', 'node-redis', { protocol: 3, own: ['redis-6'], needs: WAITS }),
  client('node-redis', 'node-redis', { protocol: 3, own: ['redis-5'], needs: WAITS }),
  client('node-redis', 'node-redis', { protocol: 2, own: ['redis-5'], needs: WAITS }),
  client('node-redis', 'node-redis-4', {
    protocol: 2,
    needs: 'it has no Sentinel client: the application asks for the address, and again when a call fails',
  }),
];

export const OTHERS: readonly Client[] = [
  client('redis-cli', 'redis-cli', {
    protocol: 3,
    named: false,
    needs: 'the script asks before each command',
  }),
  client('redis-cli', 'redis-cli', {
    protocol: 2,
    named: false,
    needs: 'the script asks before each command',
  }),
  client('redis-py', 'redis-py', { protocol: 3, needs: REPEATS }),
  client('redis-py', 'redis-py', { protocol: 2, needs: REPEATS }),
  client('go-redis', 'go-redis', { protocol: 3, needs: REPEATS_ITSELF }),
  client('go-redis', 'go-redis', { protocol: 2, needs: REPEATS_ITSELF }),
  client('Jedis (RedisSentinelClient)', 'jedis', { protocol: 3, own: ['client'], needs: REPEATS }),
  client('Jedis (JedisSentinelPool)', 'jedis', {
    ...{ protocol: 2, own: ['pool'], snippet: ['pool'], needs: REPEATS },
  }),
  client('Lettuce (connect)', 'lettuce', {
    ...{ protocol: 3, own: ['connect'], snippet: ['snippet', 'connect'], needs: MOSTLY_WAITS },
  }),
  client('Lettuce (MasterReplica)', 'lettuce', {
    ...{ protocol: 2, own: ['master-replica'], snippet: ['snippet', 'master-replica'], needs: ASKS_LATE },
  }),
];

/** How its program is run, or why it is not; `toolchain`: whether the machine could. */
export type Runnable =
  | { readonly command: readonly string[] }
  | { readonly missing: string; readonly toolchain: boolean };

/** @param install - whether what is missing may be fetched */
export function runnable({ folder }: Client, install: boolean): Runnable {
  if (folder === 'redis-cli') return { command: ['bash', programOf('redis-cli/writer.sh')] };
  if (/^(ioredis|node-redis)/.test(folder)) {
    return { command: [process.execPath, programOf(`${folder}/writer.ts`)] };
  }
  return install ? ensureClient(folder) : findClient(folder);
}

/** As a run is told apart from another. */
export function title({ name, own, protocol }: Client): string {
  const installed = own.find((word) => /redis/.test(word) && word !== name);
  return `${name}${installed ? ` as ${installed}` : ''} in RESP${protocol}`;
}

function client(
  name: string,
  folder: string,
  given: Pick<Client, 'protocol' | 'needs'> & Partial<Pick<Client, 'own' | 'named' | 'snippet'>>,
): Client {
  return { name, folder, own: [], named: true, snippet: ['snippet'], ...given };
}

function programOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
