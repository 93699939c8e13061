/** Real redis-sentinel processes that watch one master together. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Address } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import type { Processes } from '../../src/local/processes.ts';
import { until } from '../../src/local/until.ts';
import { RedisSentinel } from '../faults/redis-sentinel.ts';

export const NAME = 'mymaster';

/** Resolves when each knows the others and all replicas. */
export async function startSentinels(
  processes: Processes,
  master: Address,
  {
    replicas,
    downAfterMs,
    failoverTimeoutMs,
  }: { readonly replicas: number; readonly downAfterMs: number; readonly failoverTimeoutMs: number },
): Promise<readonly RedisSentinel[]> {
  const dir = await processes.temporaryDir('redis-sentinel-');
  const sentinels: RedisSentinel[] = [];
  for (let i = 0; i < 3; i++) {
    const port = await freePort();
    const file = join(dir, `${i}.conf`);
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${dir}`,
      `sentinel monitor ${NAME} ${master.host} ${master.port} 2`,
      `sentinel down-after-milliseconds ${NAME} ${downAfterMs}`,
      `sentinel failover-timeout ${NAME} ${failoverTimeoutMs}`,
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const sentinel = new RedisSentinel(processes, port, file);
    await sentinel.start();
    sentinels.push(sentinel);
  }
  await until('sentinels that know each other and all replicas', () => allKnow(sentinels, replicas), {
    timeoutMs: 60_000,
    everyMs: 200,
  });
  return sentinels;
}

async function allKnow(sentinels: readonly RedisSentinel[], replicas: number): Promise<boolean> {
  for (const sentinel of sentinels) {
    const reply = (await sentinel.ask((client) => client.call('SENTINEL', 'MASTER', NAME))) as string[];
    const field = (name: string) => reply[reply.indexOf(name) + 1];
    if (field('num-slaves') !== String(replicas) || field('num-other-sentinels') !== '2') return false;
  }
  return true;
}
