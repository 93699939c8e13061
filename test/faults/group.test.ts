import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Processes } from '../../src/local/processes.ts';
import { until } from '../../src/local/until.ts';
import { Group } from './group.ts';
import { beginOnGroup } from './group-faults.ts';

const LIMIT = { timeoutMs: 20_000, everyMs: 50 };

let processes: Processes;
let group: Group;
let master: string;

beforeEach(async () => {
  processes = new Processes();
  group = new Group();
  await group.start(processes);
  master = group.nameOf(0);
  await wellAgain();
});

afterEach(async () => {
  await group.end();
  await processes.end();
});

async function wellAgain(): Promise<void> {
  await until('all well', async () => (await group.amiss(master)) === undefined, LIMIT);
}

async function amiss(what: string): Promise<void> {
  await until(what, async () => (await group.amiss(master)) === what, LIMIT);
}

describe('a group of nodes behind doors', () => {
  it('replicates through them, so that one replica can be cut off from the node it follows', async () => {
    const lift = await beginOnGroup(group, master, {
      kind: 'replication',
      nodes: ['the second replica'],
      weather: { kind: 'refuses' },
    });
    await amiss(`${group.nameOf(2)} has a link that is connect`);
    await lift();
    await wellAgain();
  });

  it('tells a node that was killed, and one that hangs, until the fault is lifted', async () => {
    const killed = await beginOnGroup(group, master, { kind: 'node killed', node: 'the first replica' });
    expect(await group.amiss(master)).toBe(`${group.nameOf(1)} does not run`);
    await killed();
    await wellAgain();
    const hung = await beginOnGroup(group, master, { kind: 'node hung', node: 'the master' });
    await expect(group.amiss(master)).rejects.toThrow('timed out');
    await hung();
    await wellAgain();
  });

  it('tells another master than the named one', async () => {
    const told = async () =>
      (await group.amiss(group.nameOf(1))) === `${master} is a replica and says master`;
    await until('the other master told', told, LIMIT);
  });
});
