/** A zone's port tells what its zone knows: of a switch as soon as the zone has written it. */

import { unmarshall } from '@aws-sdk/util-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import type { MasterState } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import { startRedis } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { WireClient } from '../resp/wire-client.ts';
import { terminal } from './terminal.ts';
import { LIMIT, zones } from './zones.ts';

test('a switch is told at its port, and in its log, before anything is read again', {
  timeout: 180_000,
}, async () => {
  const at = await terminal();
  const { processes, store, table } = at;
  const master = await startRedis(processes, { port: await freePort() });
  const replica = await startRedis(processes, { port: await freePort(), replicaOf: master.address });
  const [zone] = await zones(
    at,
    ['a'],
    [
      `sentinel monitor mymaster 127.0.0.1 ${master.address.port} 1`,
      'sentinel down-after-milliseconds mymaster 600',
    ],
  );
  if (!zone) throw new Error('one was made');
  await zone.start();
  await until(
    'a voter and the replica',
    async () => {
      const state = await store.readState('mymaster');
      return state?.voters.length === 1 && Object.keys(state.replicas).length === 1;
    },
    LIMIT,
  );
  const [asking, listening] = [await WireClient.to(zone.port), await WireClient.to(zone.port)];
  for (const client of [asking, listening]) onTestFinished(() => client.end());
  await listening.ask('SUBSCRIBE', '+switch-master');

  // from the switch on, between its effect and its answer, no read of the table is answered any more
  const readable: (() => void)[] = [];
  onTestFinished(() => {
    for (const again of readable) again();
  });
  table.onWrite(({ key, item }) => {
    const state = key.sk === 'STATE' && item ? (unmarshall(item) as MasterState) : undefined;
    if (!state || state.configEpoch === 0 || readable.length > 0) return;
    for (const operation of ['Query', 'GetItem']) {
      readable.push(table.fault({ operation, fault: { kind: 'hang' } }));
    }
  });
  await master.kill();
  const [old, next] = [master.address.port, replica.address.port];
  const payload = `mymaster 127.0.0.1 ${old} 127.0.0.1 ${next}`;
  await until('the publication', () => listening.received.length > 0, LIMIT);
  expect(await listening.next()).toEqual(['message', '+switch-master', payload]);
  expect(readable).toHaveLength(2);
  expect(await asking.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')).toEqual([
    '127.0.0.1',
    String(next),
  ]);
  expect(await zone.log()).toContain(` # +switch-master ${payload}\n`);

  for (const again of readable) again();
  await until(
    'the end of the failover',
    async () => (await store.readState('mymaster'))?.lastFailover?.outcome === 'switched',
    LIMIT,
  );
  expect((await zone.log()).split(`+switch-master ${payload}`)).toHaveLength(2);
  expect(listening.received).toEqual([]); // told once
  expect(await zone.end()).toBe(0);
});
