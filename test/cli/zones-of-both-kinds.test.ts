/** Zones as functions and a zone as a process, on one table: they vote together, and neither kind is enough. */
import { existsSync } from 'node:fs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from 'vitest';
import { nodeId, type Vote } from '../../src/core/model.ts';
import { Processes } from '../../src/local/processes.ts';
import { nodeOf } from '../../src/local/rehearsal.ts';
import { functionNameOf } from '../../src/local/stack-functions.ts';
import { until } from '../../src/local/until.ts';
import { converged, startWatched } from '../local/watched.ts';
import { LIMIT, zones } from './zones.ts';

const FUNCTIONS = ['a', 'b'];

test('a failover takes the votes of both kinds, and both tell of it', { timeout: 240_000 }, async () => {
  // three voters and a quorum of three: two functions are too few, and so is one process
  const { stack, events, log, broken } = await startWatched({
    zones: FUNCTIONS,
    directives: { quorum: 3, 'failover-timeout': 10_000 },
  });
  const votes: Vote[] = [];
  stack.table.onWrite(({ key, item }) => {
    if (key.sk.startsWith('VOTE#') && item) votes.push(unmarshall(item) as Vote);
  });
  const before = await stack.state();
  const { host, port } = before.master.address;
  const processes = new Processes();
  const dir = await processes.temporaryDir('both-kinds-');
  const [zone] = await zones(
    { processes, dir, table: stack.table },
    ['p'],
    [`sentinel monitor mymaster ${host} ${port} 3`],
  );
  if (!zone) throw new Error('one was made');
  await zone.start();
  const id = /^sentinel myid ([0-9a-f]{40})$/m.exec(await zone.text())?.[1] ?? '';
  await until('three voters', async () => (await stack.state()).voters.length === 3, LIMIT);
  expect((await stack.state()).voters.toSorted()).toEqual([...FUNCTIONS, id].toSorted());

  // the functions alone: the process is stopped before it can have seen anything
  process.kill(zone.pid, 'SIGSTOP');
  await nodeOf(stack, nodeId(before.master.address)).kill();
  await until(
    'both functions to say that they are too few',
    () => log.some((line) => line.includes('down for 2 sentinels (a, b), the quorum is 3')),
    LIMIT,
  );
  const between = await stack.state();
  expect([between.currentEpoch, between.election, between.failover]).toEqual([0, undefined, undefined]);

  process.kill(zone.pid, 'SIGCONT');
  await until('the switch', async () => (await stack.state()).configEpoch > 0, LIMIT);
  const state = await converged(stack);
  expect(state.lastFailover).toMatchObject({ kind: 'automatic', outcome: 'switched' });
  expect(nodeId(state.master.address)).not.toBe(nodeId(before.master.address));
  expect(broken()).toEqual([]);

  // whoever led, it had the vote of each
  const { epoch = Number.NaN, leader = '' } = state.lastFailover ?? {};
  const voted = votes.filter((vote) => vote.epoch === epoch);
  expect(voted.map(({ candidate }) => candidate.sentinel)).toEqual(voted.map(() => leader));
  expect(new Set([leader, ...voted.map(({ sentinel }) => sentinel)])).toEqual(new Set([...FUNCTIONS, id]));
  const saw = events.filter(({ type, source }) => type === '+sdown' && source === 'observation');
  expect(new Set(saw.map(({ by }) => by))).toEqual(new Set([...FUNCTIONS, id]));
  expect(events.find(({ type }) => type === '+odown')?.payload).toMatch(/ #quorum 3\/3$/);

  // the process' own log reads as redis-sentinel's, whoever did it
  const to = state.master.address;
  for (const line of [
    `# +monitor master mymaster ${host} ${port} quorum 3`,
    `# +sdown master mymaster ${host} ${port}`,
    `# +odown master mymaster ${host} ${port} #quorum 3/3`,
    `# +elected-leader master mymaster ${host} ${port}`,
    `# +switch-master mymaster ${host} ${port} ${to.host} ${to.port}`,
  ]) {
    await until(line, async () => (await zone.log()).includes(` ${line}\n`), LIMIT);
  }
  expect(await zone.ask((client) => client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster'))).toEqual([
    to.host,
    String(to.port),
  ]);

  const environments = FUNCTIONS.flatMap((name) => stack.functions.environments(functionNameOf(name)));
  const pids = [
    zone.pid,
    ...environments.map(({ pid }) => pid),
    ...stack.nodes.map((node) => node.running && node.pid),
  ];
  expect(await zone.end()).toBe(0);
  await stack.end();
  await until('every process gone', () => pids.every((pid) => !pid || !existsSync(`/proc/${pid}`)), LIMIT);
});
