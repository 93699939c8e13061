/** node-redis from 5 on, of the version whose name in node_modules is given. */
import { keepWriting, readAsked, versionOf } from '../writing.ts';

const { sentinels, master, protocol, key, own } = readAsked();
const [installed = 'redis-6'] = own;
const { createSentinel } = (await import(installed)) as typeof import('redis-6');

// #region snippet
const sentinel = createSentinel({
  name: master, // 'mymaster'
  sentinelRootNodes: sentinels, // [{ host: '127.0.0.1', port: 26379 }]
  RESP: protocol, // 2 or 3
  nodeClientOptions: { name: key },
});
sentinel.on('error', () => {}); // without a listener it would end the process
await sentinel.connect();
// #endregion

await keepWriting({
  version: versionOf(installed),
  write: (number) => sentinel.rPush(key, String(number)),
  last: () => sentinel.lIndex(key, -1).then((value) => value ?? undefined),
  close: () => sentinel.close(),
});
