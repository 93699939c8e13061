/** When the table is read: rarely while all is well, at once when something happens. */
import { expect, it, onTestFinished } from 'vitest';
import { IoredisNodes } from '../../src/adapters/redis/nodes.ts';
import { systemClock as clock } from '../../src/adapters/system/clock.ts';
import type { MasterState } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { startRedis } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { monitored, startFixture } from './gateway-fixture.ts';
import { fieldsOf, type Value } from './wire-client.ts';

const NEVER_MS = 3_600_000;

function withEvent(state: MasterState): MasterState {
  const event = { seq: state.lastSeq + 1, at: Date.now(), by: 'a', type: '+test', payload: 'x' };
  return { ...state, events: [...state.events, event], lastSeq: event.seq };
}

it('the loss of its own connection to the master', async () => {
  const processes = new Processes();
  onTestFinished(() => processes.end());
  const redis = await startRedis(processes, { port: await freePort() });
  const { client, having } = await startFixture({
    pollMs: NEVER_MS,
    alertPollMs: 50,
    nodes: new IoredisNodes({ clock }),
    before: (_, operator) =>
      operator.monitor({ name: 'm', ...redis.address, directives: { quorum: 1 } }, 'test'),
  });
  const [one, listener] = [await client(), await client()];
  await listener.ask('SUBSCRIBE', '+test');
  await until(
    'its run id, from its own connection',
    async () => fieldsOf(await one.ask('SENTINEL', 'MASTER', 'm'))['runid'] !== '',
    { timeoutMs: 20_000 },
  );
  one.end();
  await redis.end();
  // from here on nobody asks: the gateway reads by itself
  await having('m', withEvent);
  expect(await listener.next()).toEqual(['message', '+test', 'x']);
  await having('m', withEvent);
  expect(await listener.next()).toEqual(['message', '+test', 'x']);
});

it('an open failover, of which somebody who asked was told', async () => {
  const { client, having } = await startFixture({ pollMs: NEVER_MS, alertPollMs: 50, before: monitored });
  const [one, listener] = [await client(), await client()];
  await listener.ask('SUBSCRIBE', '+test');
  await having('mymaster', (state) => ({
    ...state,
    election: { epoch: 1, candidate: { sentinel: 'a', incarnation: 1 }, beat: 1, openedAt: Date.now() },
  }));
  await until(
    'the election told',
    async () =>
      String(fieldsOf(await one.ask('SENTINEL', 'MASTER', 'mymaster'))['flags']).includes(
        'failover_in_progress',
      ),
    { timeoutMs: 10_000 },
  );
  one.end();
  await having('mymaster', withEvent);
  expect(await listener.next()).toEqual(['message', '+test', 'x']);
});

it('many who ask at once share a read', async () => {
  const { client, network } = await startFixture({ pollMs: NEVER_MS, before: monitored });
  const clients = await Promise.all(Array.from({ length: 50 }, client));
  network.reads.length = 0;
  await Promise.all(clients.map((one) => one.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')));
  expect(network.reads.filter((read) => read.startsWith('readView')).length).toBeLessThan(25);
});

it('who asks is told what was written before', async () => {
  const { client, having } = await startFixture({ pollMs: NEVER_MS, before: monitored });
  const one = await client();
  for (let port = 7100; port < 7105; port++) {
    await having('mymaster', (state) => ({ ...state, master: { address: { host: '127.0.0.1', port } } }));
    await until(
      'the new address',
      async () => {
        const [, told] = (await one.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')) as string[];
        return told === String(port);
      },
      { timeoutMs: 10_000 },
    );
  }
});

it('other gateways are told of while they take connections', async () => {
  const ports = [await freePort(), await freePort()];
  const peers = ports.map((port) => ({ host: '127.0.0.1', port }));
  const [one, other] = [
    await startFixture({ before: monitored, port: ports[0] ?? 0, peers }),
    await startFixture({ before: monitored, port: ports[1] ?? 0, peers }),
  ];
  const [asking, asked] = [await one.client(), await other.client()];
  const told = async () => (await asking.ask('SENTINEL', 'SENTINELS', 'mymaster')) as readonly Value[];
  const [found] = await until(
    'the other',
    async () => {
      const all = await told();
      return all.length > 0 && all;
    },
    { timeoutMs: 30_000 },
  );
  const id = await asked.ask('SENTINEL', 'MYID');
  expect(fieldsOf(found ?? null)).toMatchObject({
    name: id,
    runid: id,
    ip: '127.0.0.1',
    port: String(ports[1]),
    flags: 'sentinel',
  });
  await other.gateway.close();
  await until('nobody', async () => (await told()).length === 0, { timeoutMs: 30_000 });
});

it('a master that cannot be read hides no other', async () => {
  const { client, operator, store, log } = await startFixture({ before: monitored });
  await operator.monitor({ name: 'newer', host: '127.0.0.1', port: 7009, directives: { quorum: 1 } }, 'test');
  const one = await client();
  const names = async () =>
    ((await one.ask('SENTINEL', 'MASTERS')) as Value[]).map((master) => fieldsOf(master)['name']);
  await until('both', async () => (await names()).length === 2, { timeoutMs: 10_000 });
  const seen = await store.readState('newer');
  if (!seen) throw new Error('it is there');
  const changed = {
    ...seen,
    schema: { major: 9, minor: 0 },
    master: { address: { host: '127.0.0.1', port: 1 } },
  };
  await store.compareAndSet(seen, changed);
  await until('the log to say so', () => log.some((line) => line.startsWith('warn newer cannot be read')), {
    timeoutMs: 10_000,
  });
  expect(await names()).toEqual(['mymaster', 'newer']);
  expect(await one.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'newer')).toEqual(['127.0.0.1', '7009']);
  expect(await one.ask('INFO', 'sentinel')).toContain('sentinel_table:ok');
});
