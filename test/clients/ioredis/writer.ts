/** ioredis, of the version whose name in node_modules is given. */
import { keepWriting, readAsked, versionOf } from '../writing.ts';

const { sentinels, master, protocol, key, own } = readAsked();
const [installed = 'ioredis'] = own;
const { Redis } = (await import(installed)) as typeof import('ioredis');

// #region snippet
const redis = new Redis({
  sentinels, // [{ host: '127.0.0.1', port: 26379 }]
  name: master, // 'mymaster'
  protocol, // 2 or 3; ioredis 5 has only 2
  connectionName: key,
});
redis.on('error', () => {}); // a connection that is lost; the next one is made by itself
// #endregion

await keepWriting({
  version: versionOf(installed),
  write: (number) => redis.rpush(key, number),
  last: () => redis.lindex(key, -1).then((value) => value ?? undefined),
  close: () => redis.disconnect(),
});
