import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { dynamoClient } from '../../src/adapters/dynamodb/client.ts';
import { DynamoSealedSecrets } from '../../src/adapters/dynamodb/sealed-secrets.ts';
import { secretsKeyFrom } from '../../src/adapters/secrets/key.ts';
import { createSecrets } from '../../src/adapters/secrets/secrets.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { environment, terminal } from './terminal.ts';

const MONITOR = 'sentinel monitor mymaster 127.0.0.1 6379 2';

describe('import', () => {
  test('registers the masters of a file; again, it changes nothing', async () => {
    const { ask, file, store } = await terminal();
    const path = await file(
      '# my masters',
      MONITOR,
      'sentinel down-after-milliseconds mymaster 5000',
      'sentinel auth-pass mymaster env:REDIS_PASSWORD',
      'sentinel monitor cache 127.0.0.1 6380 1',
    );
    const planned = await ask('import', path, '--dry-run');
    expect(planned).toEqual({
      status: 0,
      out: 'mymaster: would be monitored at 127.0.0.1:6379\ncache: would be monitored at 127.0.0.1:6380',
      err: '',
    });
    expect(await store.names()).toEqual([]);

    const done = await ask('import', path);
    expect(done).toMatchObject({ status: 0, out: expect.stringContaining('mymaster: is monitored now at') });
    expect(await store.names()).toEqual(['cache', 'mymaster']);
    const state = await store.readState('mymaster');
    expect(state).toMatchObject({
      master: { address: { host: '127.0.0.1', port: 6379 } },
      directives: { quorum: 2, downAfterMs: 5000, authPass: 'env:REDIS_PASSWORD' },
    });

    const again = await ask('import', path);
    expect(again.out).toContain(
      'mymaster: is monitored at 127.0.0.1:6379 as the file says; nothing to change',
    );
    expect((await store.readState('mymaster'))?.rev).toBe(state?.rev);
  });

  test('changes what the file changed, and says it', async () => {
    const { ask, file, store } = await terminal();
    await ask('import', await file(MONITOR));
    const path = await file(MONITOR.replace(/2$/, '3'), 'sentinel parallel-syncs mymaster 4');
    const planned = await ask('import', path, '--dry-run');
    expect(planned.out).toBe('mymaster: would change: quorum 2 → 3, parallel-syncs 1 → 4');
    expect((await ask('import', path)).out).toBe('mymaster: changed: quorum 2 → 3, parallel-syncs 1 → 4');
    expect((await store.readState('mymaster'))?.directives).toMatchObject({ quorum: 3, parallelSyncs: 4 });
  });

  test('with one master refused changes none', async () => {
    const { ask, file, store } = await terminal();
    await ask('import', await file(MONITOR));
    const path = await file('sentinel monitor new 127.0.0.1 6390 1', MONITOR.replace('6379', '7777'));
    const told = await ask('import', path);
    expect(told.status).toBe(1);
    expect(told.err).toContain(
      'mymaster: the table has 127.0.0.1:6379 under this name, and knows no 127.0.0.1:7777',
    );
    expect(told.err).toContain('nothing was changed');
    expect(await store.names()).toEqual(['mymaster']);
  });

  test('after a failover takes the file’s master for the replica that it is', async () => {
    const { ask, file, store } = await terminal();
    const path = await file(MONITOR, 'sentinel parallel-syncs mymaster 2');
    await ask('import', await file(MONITOR));
    const state = await store.readState('mymaster');
    if (!state) throw new Error('it was not imported');
    const old = { address: state.master.address, reconfiguration: 'none' as const };
    const switched = {
      ...state,
      master: { address: { host: '127.0.0.1', port: 6399 } },
      replicas: { '127.0.0.1:6379': old },
    };
    expect((await store.compareAndSet(state, switched)).kind).toBe('written');
    const told = await ask('import', path);
    expect(told).toMatchObject({ status: 0, err: '' });
    expect(told.out).toContain('mymaster: changed: parallel-syncs 1 → 2');
    expect(told.out).toContain(
      'the master is 127.0.0.1:6399 by now; 127.0.0.1:6379 of the file is its replica',
    );
    expect((await store.readState('mymaster'))?.master.address.port).toBe(6399);
  });

  test('--observe-only lets the zones watch, and --json tells it to programs', async () => {
    const { ask, file, store } = await terminal();
    const told = await ask('import', await file(MONITOR), '--observe-only', '--json');
    expect(JSON.parse(told.out)).toEqual({
      dryRun: false,
      masters: [{ name: 'mymaster', action: 'monitor', applied: true, address: '127.0.0.1:6379', notes: [] }],
    });
    expect((await store.readState('mymaster'))?.directives.observeOnly).toBe(true);
  });

  test('says of programs that they stay out', async () => {
    const { ask, file } = await terminal();
    const path = await file(MONITOR, 'sentinel notification-script mymaster /opt/notify');
    expect((await ask('import', path, '--dry-run')).out).toContain(
      'mymaster: notification-script is left out',
    );
  });
});

describe('a password in the file', () => {
  const conf = [MONITOR, 'sentinel auth-pass mymaster "hunter 2"'];

  test('is not taken without the deployment’s key, and the cure is told', async () => {
    environment({ SECRETS_KEY: undefined });
    const { ask, file, store } = await terminal();
    const told = await ask('import', await file(...conf));
    expect(told.status).toBe(1);
    expect(told.err).toContain('mymaster: auth-pass: set SECRETS_KEY');
    expect(told.err).toContain('env:NAME, secret:ARN');
    expect(await store.names()).toEqual([]);
  });

  test('is kept encrypted, once however often it is imported', async () => {
    const key = randomBytes(32).toString('base64');
    environment({ SECRETS_KEY: key });
    const { ask, file, store, table } = await terminal();
    const told = [await ask('import', await file(...conf)), await ask('import', await file(...conf))];
    expect(told[1]?.out).toContain('nothing to change');
    expect(JSON.stringify(told)).not.toContain('hunter');
    const state = await store.readState('mymaster');
    const reference = state?.directives.authPass ?? '';
    expect(reference).toMatch(/^stored:/);
    expect(JSON.stringify(state)).not.toContain('hunter');
    const credentials = { accessKeyId: 'test', secretAccessKey: 'local' };
    const client = dynamoClient({
      endpoint: table.endpoint,
      region: 'local',
      credentials,
      requestTimeoutMs: 5000,
    });
    const sealed = new DynamoSealedSecrets({ client, tableName: table.tableName, deadlineMs: 10_000 });
    const secrets = createSecrets({ clock: systemClock, key: secretsKeyFrom({ SECRETS_KEY: key }), sealed });
    expect(await secrets.reveal(reference)).toBe('hunter 2');
    client.destroy();
  });

  test('with a key that is none is refused before anything is asked', async () => {
    environment({ SECRETS_KEY: 'short' });
    const { ask, file } = await terminal();
    expect(await ask('import', await file(...conf))).toMatchObject({
      status: 2,
      err: expect.stringMatching(/SECRETS_KEY must be 32 bytes/),
    });
  });
});

describe('a file that cannot be imported', () => {
  test('is refused with all its faults, and status 2', async () => {
    const { ask, file, store } = await terminal();
    const path = await file(
      'port x',
      MONITOR,
      'sentinel parallel-syncs mymaster 0',
      'sentinel auth-pas mymaster s3cr3t',
    );
    const told = await ask('import', path);
    expect(told.status).toBe(2);
    expect(told.err.split('\n')).toEqual([
      `${path}:1: port "x": allowed is a whole number from 0 to 65535`,
      `${path}:3: sentinel parallel-syncs mymaster "0": allowed is a whole number from 1 to 1000`,
      expect.stringMatching(`^${path}:4: sentinel auth-pas "…": allowed is one of`),
    ]);
    expect(await store.names()).toEqual([]);
  });

  test('also when there is none, and when it monitors nothing', async () => {
    const { ask, file, dir } = await terminal();
    expect(await ask('import', `${dir}/none.conf`)).toMatchObject({
      status: 2,
      err: expect.stringMatching(/there is no such file/),
    });
    expect(await ask('import', dir)).toMatchObject({
      status: 2,
      err: expect.stringMatching(/it is a folder/),
    });
    expect(await ask('import', await file('port 1'))).toMatchObject({
      status: 2,
      err: expect.stringMatching(/monitors no master/),
    });
  });
});
