/**
 * One failover by the bundles of three zones on AWS' own runtime, at the CPU share of their memory size: entered by
 * operate, pulsed by a schedule, woken through relay, and told by read. What it took of memory is held to the limit.
 */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { invokeAsynchronously } from '../../src/adapters/lambda/wake.ts';
import { type Address, nodeId } from '../../src/core/model.ts';
import { Schedule } from '../../src/local/schedule.ts';
import { until } from '../../src/local/until.ts';
import { onLambdasRuntime } from './on-lambdas-runtime.ts';
import { MASTER, PULSE_MS, sentinelOf, ZONES } from './settings.ts';
import { LIMIT_MS, Stage, told } from './stage.ts';

const PEAK_MIB_MAX = 128;

onLambdasRuntime('three zones on Lambda’s own runtime', (entry) => {
  let stage: Stage;
  let schedule: Schedule;
  const lambdas: LambdaClient[] = [];
  beforeAll(async () => {
    stage = await Stage.start({ entry, replicas: 2, cpuShare: true });
    const credentials = { accessKeyId: 'scheduler', secretAccessKey: 'local' };
    const lambda = new LambdaClient({ endpoint: stage.lambdaEndpoint, region: 'us-east-1', credentials });
    lambdas.push(lambda);
    schedule = new Schedule({
      ...{ pulseMs: PULSE_MS, zones: ZONES },
      invoke: (zone) => invokeAsynchronously(lambda, sentinelOf(zone), { kind: 'pulse' }),
      onTrouble: () => {}, // a pulse that does not arrive is one of many
    });
  }, LIMIT_MS);
  afterAll(async () => {
    await schedule?.end();
    for (const lambda of lambdas) lambda.destroy();
    await stage?.end();
  });
  beforeEach(() => stage.tellWhenFailed());

  test('the master dies: the zones switch, and read tells the new address', async () => {
    await stage.enter({ quorum: 2, 'down-after-milliseconds': 1000, 'lease-milliseconds': 2000 });
    schedule.start();
    await until(
      'three voters and two replicas',
      async () => {
        const { voters, replicas } = await stage.state();
        return voters.length === ZONES.length && Object.keys(replicas).length === 2;
      },
      { timeoutMs: LIMIT_MS },
    );
    const old = stage.master;
    await tells(old.address);

    const from = stage.events.length;
    const killedAt = Date.now();
    await old.kill();
    const switched = await stage.event('+switch-master', from);
    const state = await until(
      'the end of the failover',
      async () => {
        const now = await stage.state();
        return now.failover === undefined && now.lastFailover ? now : undefined;
      },
      { timeoutMs: LIMIT_MS },
    );
    expect(stage.around.nodes.slice(1).map(({ address }) => nodeId(address))).toContain(
      nodeId(state.master.address),
    );
    await tells(state.master.address);

    await old.restart();
    await until(
      'the old master a replica of the new one',
      async () => {
        const client = old.client({ retryStrategy: null });
        const role = ((await client.role()) as unknown[]).slice(0, 3);
        client.disconnect();
        return nodeId({ host: String(role[1]), port: Number(role[2]) }) === nodeId(state.master.address);
      },
      { timeoutMs: LIMIT_MS },
    );

    expect(stage.oracle.broken).toEqual([]);
    expect(stage.lambda.violations()).toEqual([]);
    const failed = stage.lambda.invoked.filter(({ outcome }) => outcome.kind === 'failed');
    expect(failed).toEqual([]);
    const unheld = stage.lambda.log.find(({ line }) => line.startsWith('no CPU quota'));
    const share = unheld ? unheld.line : 'at the CPU share of the memory size';
    process.stdout.write(`[figure] failover on Lambda’s runtime, ${share}\n`);
    process.stdout.write(
      `[figure]   +switch-master ${Math.round(switched.at - killedAt)} ms after the kill\n`,
    );
    await tellAndJudgeMemory();
  });

  /** While the table does not answer read tells what it knew last, and how old that is. */
  async function tells(address: Address): Promise<void> {
    await until(
      `read tells ${nodeId(address)}`,
      async () => {
        const headers = { accept: 'text/plain' };
        const { body } = await stage.ask('read', 'GET', `/masters/${MASTER}`, { headers });
        return body === told(address);
      },
      { timeoutMs: LIMIT_MS },
    );
  }

  /** Of every environment of a function the one that held most. */
  async function tellAndJudgeMemory(): Promise<void> {
    for (const name of [...ZONES.map(sentinelOf), 'relay', 'operate', 'read']) {
      const peaks = await Promise.all(stage.lambda.environments(name).map((one) => one.peakRssKiB()));
      const inMib = peaks.map((peak) => Math.round(peak / 1024));
      process.stdout.write(`[figure]   ${name.padEnd(12)} peak memory ${inMib.join(', ')} MiB\n`);
      for (const peak of inMib) expect(peak, `${name} in MiB`).toBeLessThanOrEqual(PEAK_MIB_MAX);
    }
  }
});
