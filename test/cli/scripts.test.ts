import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Scripts } from '../../src/cli/scripts.ts';
import type { RecordedEvent } from '../../src/core/model.ts';
import { Processes } from '../../src/local/processes.ts';
import { until } from '../../src/local/until.ts';
import { conf } from '../conf/file.ts';
import { environment } from './terminal.ts';

const LIMIT = { timeoutMs: 20_000 };

async function scripts(body: string) {
  const processes = new Processes();
  onTestFinished(() => processes.end());
  const dir = await processes.temporaryDir('scripts-');
  const [path, calls] = [join(dir, 'script'), join(dir, 'calls')];
  await writeFile(path, `#!/bin/sh\necho "$*" >> ${calls}\n${body}\n`);
  await chmod(path, 0o755);
  const { masters } = conf(
    'sentinel monitor m 127.0.0.1 1 1',
    `sentinel notification-script m ${path}`,
    `sentinel client-reconfig-script m ${path}`,
  );
  const log: string[] = [];
  const running = new Scripts(masters, 'me', { log: (_, message) => log.push(message) }, 5);
  onTestFinished(() => running.end());
  const told = async () =>
    (await readFile(calls, 'utf8').catch(() => '')).trimEnd().split('\n').filter(Boolean);
  return { running, told, log, path };
}

function event(type: string, payload: string, by = 'me'): RecordedEvent {
  return { seq: 1, at: 0, by, type, payload };
}

test('warnings are told, notices are not, a switch in both ways', async () => {
  const { running, told } = await scripts('');
  running.onEvent('m', event('+slave', 'slave x'));
  running.onEvent('m', event('+sdown', 'master m 127.0.0.1 1'));
  running.onEvent('another', event('+sdown', 'master another 127.0.0.1 1'));
  running.onEvent('m', event('+switch-master', 'm 127.0.0.1 1 127.0.0.1 2'));
  running.onEvent('m', event('+switch-master', 'm 127.0.0.1 2 127.0.0.1 1', 'another zone'));
  await until('five calls', async () => (await told()).length >= 5, LIMIT);
  expect((await told()).toSorted()).toEqual([
    '+sdown master m 127.0.0.1 1',
    '+switch-master m 127.0.0.1 1 127.0.0.1 2',
    '+switch-master m 127.0.0.1 2 127.0.0.1 1',
    'm leader start 127.0.0.1 1 127.0.0.1 2',
    'm observer start 127.0.0.1 2 127.0.0.1 1',
  ]);
});

test('a payload is one word, and no shell reads it', async () => {
  const { running, told } = await scripts('echo "$# words" >> $(dirname $0)/calls');
  running.onEvent('m', event('+sdown', '$(id); `id` "x" & y'));
  await until('two lines', async () => (await told()).length >= 2, LIMIT);
  expect(await told()).toEqual(['+sdown $(id); `id` "x" & y', '2 words']);
});

test('status 1 is tried again, ten times in all; any higher one is not', async () => {
  const first = await scripts('exit 1');
  first.running.onEvent('m', event('+sdown', 'x'));
  await until('the last try', () => first.log.includes(`the script ${first.path} ended with 1`), LIMIT);
  expect(await first.told()).toHaveLength(10);
  expect(first.log.filter((line) => line.endsWith('ended with 1: it is run again'))).toHaveLength(9);
  const second = await scripts('exit 2');
  second.running.onEvent('m', event('+sdown', 'x'));
  await until('its end', () => second.log.length > 0, LIMIT);
  expect(second.log).toEqual([`the script ${second.path} ended with 2`]);
  expect(await second.told()).toHaveLength(1);
});

test('the key of the passwords in the table is not handed on', async () => {
  environment({ SECRETS_KEY: 'the key' });
  const { running, told } = await scripts('echo "key: $SECRETS_KEY." >> $(dirname $0)/calls');
  running.onEvent('m', event('+sdown', 'x'));
  await until('its line', async () => (await told()).includes('key: .'), LIMIT);
});
