/** Clients of ioredis that follow a master, in tests, and what each of them went through. */
import { Redis, type RedisOptions } from 'ioredis';
import { onTestFinished } from 'vitest';
import { type LambdaSentinelOptions, lambdaSentinel } from '../../src/client/connector.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { infoOf } from '../local/watched.ts';

export interface Client {
  readonly redis: Redis;
  /** Why it could not connect, each time. */
  readonly errors: string[];
  readonly closes: () => number;
}

/** Ended with the test. */
export function client(
  sentinel: LambdaSentinelOptions & { readonly name: string },
  options: Omit<RedisOptions, 'replyMapping'> = {},
): Client {
  const redis = new Redis({ ...lambdaSentinel(sentinel), ...options });
  const errors: string[] = [];
  let closes = 0;
  redis.on('error', ({ message }: Error) => errors.push(message));
  redis.on('close', () => {
    closes += 1;
  });
  onTestFinished(() => redis.disconnect());
  return { redis, errors, closes: () => closes };
}

/** The port of the node a client speaks to. */
export async function portOf(redis: Redis): Promise<number> {
  return Number(/tcp_port:(\d+)/.exec(await redis.info('server'))?.[1]);
}

/** How many connections of clients by that name the node has. */
export async function connectionsBy(node: RedisServer, name: string): Promise<number> {
  const asking = node.client();
  try {
    const text = (await asking.client('LIST')) as string;
    return text.split('\n').filter((line) => line.includes(` name=${name} `)).length;
  } finally {
    asking.disconnect();
  }
}

/** A key that holds a list of increasing numbers, written until it is told to stop. */
export function keepWriting({ redis }: Client, key: string) {
  const acknowledged: { readonly number: number; readonly at: number }[] = [];
  let stopped = false;
  const loop = (async () => {
    for (let number = 1; !stopped; number++) {
      const written = await redis.rpush(key, number).catch(() => undefined);
      if (written !== undefined) acknowledged.push({ number, at: Date.now() });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  onTestFinished(() => {
    stopped = true;
  });
  return {
    acknowledged,
    stop: async () => {
      stopped = true;
      await loop;
    },
  };
}

export async function roleOf(node: RedisServer): Promise<string | undefined> {
  return (await infoOf(node, 'replication'))['role'];
}

export async function untilPort(redis: Redis, port: number, timeoutMs: number): Promise<void> {
  await until(`a client at port ${port}`, async () => (await portOf(redis)) === port, { timeoutMs });
}
