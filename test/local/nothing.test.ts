import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeId, type Observation } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import { nodeOf, settled } from '../../src/local/rehearsal.ts';
import { type Stack, startStack } from '../../src/local/stack.ts';
import { functionNameOf } from '../../src/local/stack-functions.ts';
import { TcpProxy } from '../../src/local/tcp-proxy.ts';
import { until } from '../../src/local/until.ts';

const DIRECTIVES = { quorum: 2, 'down-after-milliseconds': 500 };
const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const ending of endings.splice(0).reverse()) await ending();
});

/** A pulse of the zone, waited for: how it ended, as the zone itself says. */
async function pulse(lambda: LambdaClient, zone: string): Promise<string> {
  const reply = await lambda.send(
    new InvokeCommand({ FunctionName: functionNameOf(zone), Payload: '{"kind":"pulse"}' }),
  );
  return (JSON.parse(new TextDecoder().decode(reply.Payload)) as { outcome: string }).outcome;
}

function lambdaOf(stack: Stack): LambdaClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'local' };
  return new LambdaClient({ endpoint: stack.lambdaEndpoint, region: 'local', credentials });
}

async function observationOf(stack: Stack, zone: string): Promise<Observation | undefined> {
  const { observations } = await stack.store.readView(stack.name);
  return observations.find(({ sentinel }) => sentinel === zone);
}

describe('without a quorum that sees the master down, nothing happens', () => {
  it('one zone alone, whose path to the master is refused, changes nothing and says why', {
    timeout: 60_000,
  }, async () => {
    const log: string[] = [];
    const proxyPort = await freePort();
    const stack = await startStack({
      name: 'mymaster',
      directives: DIRECTIVES,
      pulseMs: 500,
      addressMaps: ([master]) => ({
        a: { [nodeId(master?.address ?? { host: '', port: 0 })]: `127.0.0.1:${proxyPort}` },
      }),
      beforeZones: async ([master]) => {
        const proxy = await TcpProxy.to(master?.address ?? { host: '', port: 0 }, proxyPort);
        endings.push(() => proxy.refuse());
        refuse = () => proxy.refuse();
      },
      onLog: (source, _, line) => log.push(`${source} ${line}`),
    });
    endings.push(() => stack.end());
    const before = await settled(stack, 30_000);
    expect(await observationOf(stack, 'a')).toBeUndefined();

    await refuse();
    const alone = await until(
      'zone a holding the master for down',
      async () => {
        const seen = await observationOf(stack, 'a');
        return seen?.subjectivelyDown === true && seen;
      },
      { timeoutMs: 20_000 },
    );
    expect(alone.events.map(({ type }) => type)).toEqual(['+sdown']);
    const why = 'no failover: down for 1 sentinel (a), the quorum is 2';
    await until('the reason in the log', () => log.some((line) => line.includes(why)), { timeoutMs: 10_000 });
    // the others look in the meantime, and each look finds the master well
    const lambda = lambdaOf(stack);
    endings.push(async () => lambda.destroy());
    for (let i = 0; i < 5; i++) {
      expect(['calm', 'settled']).toContain(await pulse(lambda, 'b'));
      expect(['calm', 'settled']).toContain(await pulse(lambda, 'c'));
    }
    const after = await stack.state();
    expect(after).toEqual(before);
    expect(await observationOf(stack, 'b')).toBeUndefined();
  });

  it('two of three zones stopped: the third changes nothing, says why, and fails over when one is back', {
    timeout: 60_000,
  }, async () => {
    const log: string[] = [];
    const stack = await startStack({
      name: 'mymaster',
      directives: DIRECTIVES,
      pulseMs: 500,
      onLog: (source, _, line) => log.push(`${source} ${line}`),
    });
    endings.push(() => stack.end());
    const before = await settled(stack, 30_000);
    stack.functions.disable(functionNameOf('b'));
    stack.functions.disable(functionNameOf('c'));
    await until('b and c stopped', () => ['b', 'c'].every((zone) => idle(stack, zone)), {
      timeoutMs: 10_000,
    });

    await nodeOf(stack, nodeId(before.master.address)).kill();
    const why = 'no failover: down for 1 sentinel (a), the quorum is 2';
    await until('the reason in the log', () => log.some((line) => line.includes(why)), { timeoutMs: 20_000 });
    await until('the alert of zone a over', () => log.some((line) => line.includes('alert over')), {
      timeoutMs: 20_000,
    });
    expect(await stack.state()).toEqual(before);

    stack.functions.enable(functionNameOf('b'));
    const after = await until(
      'the failover',
      async () => {
        const state = await stack.state();
        return state.configEpoch > 0 && state;
      },
      { timeoutMs: 20_000 },
    );
    expect(after.currentEpoch).toBe(before.currentEpoch + 1);
    expect(nodeId(after.master.address)).not.toBe(nodeId(before.master.address));
  });
});

let refuse: () => Promise<void> = async () => {};

function idle(stack: Stack, zone: string): boolean {
  return stack.functions.environments(functionNameOf(zone)).every(({ busy }) => !busy);
}
