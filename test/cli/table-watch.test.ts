/** What a zone outside Lambda sees of the table, and what it cannot read of it. */
import { expect, test } from 'vitest';
import { TableWatch } from '../../src/cli/table-watch.ts';
import type { MasterState } from '../../src/core/model.ts';
import { monitored } from '../http/state.ts';
import { terminal } from './terminal.ts';

test('what a newer version wrote of one master holds up no other, and it is not gone', async () => {
  const { store } = await terminal();
  await store.createState(monitored('newer'));
  await store.createState(monitored('orders'));
  const log: string[] = [];
  const told: { states: ReadonlyMap<string, MasterState>; gone: readonly string[] }[] = [];
  const watch = new TableWatch({
    ...{ store, id: 'a', everyMs: 10, onWake: () => {}, onEvent: () => {} },
    telemetry: { log: (level, message) => log.push(`${level} ${message}`) },
    onChange: (states, gone) => told.push({ states, gone }),
  });
  await watch.look();
  const change = async (name: string, how: (state: MasterState) => MasterState) => {
    const seen = await store.readState(name);
    if (seen) await store.compareAndSet(seen, how(seen));
  };
  await change('newer', (state) => ({ ...state, schema: { major: 9, minor: 0 } }));
  await watch.look();
  expect(log).toEqual([expect.stringMatching(/^error .*newer/)]);
  expect(told).toHaveLength(1);
  await change('orders', (state) => ({ ...state, configEpoch: 4, currentEpoch: 4 }));
  await watch.look();
  expect(told).toHaveLength(2);
  expect(told[1]?.gone).toEqual([]);
  expect(told[1]?.states.get('orders')).toMatchObject({ configEpoch: 4 });
  expect(told[1]?.states.get('newer')).toMatchObject({ configEpoch: 0 });
  expect(log, 'it was said once').toHaveLength(1);
});
