/** A deployment's life in the order in which it goes on: each test is its next station. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { type RedisServer, startRedis } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { described, read, WITHIN } from './asking.ts';
import { listFunctions } from './deployed-code.ts';
import { playSlots } from './event-sources.ts';
import { inventory } from './inventory.ts';
import { leads } from './leads.ts';
import { PATIENCE_MS, withPythonTools } from './python-tools.ts';
import { Rehearsal, STACK } from './rehearsal.ts';
import { ZONE_NAME, ZONES } from './surroundings.ts';

withPythonTools('the life of a deployment', (python) => {
  const processes = new Processes();
  let rehearsal: Rehearsal;
  let master: RedisServer;
  let replica: RedisServer;

  beforeAll(async () => {
    master = await startRedis(processes, { port: await freePort() });
    replica = await startRedis(processes, { port: await freePort(), replicaOf: master.address });
    rehearsal = await Rehearsal.begin(python, processes);
  }, PATIENCE_MS);

  afterAll(async () => {
    await rehearsal?.end();
    await processes.end();
  });

  function orders() {
    return { name: 'orders', ...master.address, downAfterMs: 30_000 };
  }

  test('it is deployed, and its functions are what was built', async () => {
    await rehearsal.deploy({ masters: [orders()] });
    for (const { configuration, uploaded } of rehearsal.functions.all) {
      expect(configuration).toMatchObject({ CodeSha256: uploaded, Runtime: 'nodejs24.x', State: 'Active' });
    }
  });

  inventory(() => rehearsal);
  leads(() => rehearsal);

  test('the declared master is entered, and the read function tells it', async () => {
    // CloudFormation, too, hands an event again whose answer it did not get.
    await until('the masters are entered', () => rehearsal.configure('Create'), WITHIN);
    expect(await described(rehearsal, 'orders')).toMatchObject({ ...master.address, sentinels: [] });
  });

  test('the schedule wakes the pacemaker, its queue the zones, and these find the replica', async () => {
    const [seed, ...others] = rehearsal.told('AWS::Scheduler::Schedule').values();
    expect(others).toEqual([]);
    const target = seed?.['Target'] as { Arn: string; Input: string };
    await rehearsal.functions.start(target.Arn, JSON.parse(target.Input) as object);
    await using _slots = playSlots(rehearsal);
    const address = `${replica.address.host}:${replica.address.port}`;
    const found = async () =>
      (await described(rehearsal, 'orders')).replicas.some((one) => one.address === address);
    await until('the replica is found', found, WITHIN);
  });

  test('the relay told the topic, and made the name lead to the master', async () => {
    const { surroundings } = rehearsal;
    const events: string[] = [];
    await until(
      '+slave was told',
      async () => {
        events.push(...(await surroundings.heard()));
        return events.some((event) => event.includes('+slave'));
      },
      WITHIN,
    );
    const name = `orders.${ZONE_NAME}`;
    await until('the name is there', async () => (await surroundings.record(name)).length > 0, WITHIN);
    expect(await surroundings.record(name)).toEqual([`5 A ${master.address.host}`]);
  });

  test('it is deployed again, with another pulse and a second master', async () => {
    const before = rehearsal.made;
    const sessions = { ...orders(), name: 'sessions' };
    await rehearsal.deploy({ masters: [orders(), sessions], pulseSeconds: 60 });
    const gone = before.filter(({ name }) => !rehearsal.made.some((made) => made.name === name));
    expect(gone.map(({ type, name }) => `${type} ${name.replace(/[0-9A-F]{8}$/, '')}`).sort()).toEqual([
      'AWS::IAM::Policy SentinelPacemakerFunctionRoleDefaultPolicy',
      'AWS::IAM::Role SentinelPacemakerFunctionRole',
      'AWS::Lambda::EventSourceMapping SentinelPacemakerSlotsMapping',
      'AWS::Lambda::Function SentinelPacemakerFunction',
      'AWS::Logs::LogGroup SentinelPacemakerFunctionLogs',
      'AWS::SQS::Queue SentinelPacemakerSlots',
    ]);
    const kept = rehearsal.made.filter(({ name }) => before.some((made) => made.name === name));
    expect(before).toEqual(expect.arrayContaining(kept));
    for (const zone of ZONES) {
      const { configuration } = rehearsal.functions.the(`SentinelSentinel${zone.replaceAll('-', '')}`);
      expect(configuration.Environment?.Variables).toMatchObject({ PULSE_MS: '60000' });
    }
    await until('the second master is entered', () => rehearsal.configure('Update'), WITHIN);
    expect(await described(rehearsal, 'sessions')).toMatchObject(master.address);
    expect(await described(rehearsal, 'orders')).toMatchObject(master.address);
  });

  test('a schedule of its own makes each zone look', async () => {
    const schedules = [...rehearsal.told('AWS::Scheduler::Schedule').values()];
    const targets = schedules.map(({ Target }) => Target as { Arn: string; Input: string });
    const zones = rehearsal.functions.all.filter(
      ({ configuration }) => configuration.Handler === 'sentinel.handler',
    );
    expect(targets.map(({ Arn }) => Arn).sort()).toEqual(
      zones.map((one) => one.configuration.FunctionArn).sort(),
    );
    for (const { Arn, Input } of targets) await rehearsal.functions.start(Arn, JSON.parse(Input) as object);
    await until(
      'the replica is found',
      async () => (await described(rehearsal, 'sessions')).replicas.length === 1,
      WITHIN,
    );
  });

  test('it is destroyed, and leaves the table alone', async () => {
    await until('the masters are taken back', () => rehearsal.configure('Delete'), WITHIN);
    expect(await read(rehearsal, '/masters/orders')).toMatchObject({ statusCode: 404 });
    const [table] = rehearsal.ids('DynamoDB::Table');
    await rehearsal.destroy();
    expect(await listFunctions(rehearsal.moto)).toEqual(new Map());
    expect(await rehearsal.tables()).toEqual([table]);
    await expect(
      rehearsal.moto.query('cloudformation', { Action: 'DescribeStackResources', StackName: STACK }),
    ).rejects.toThrow();
  });
});
