/** The command line in tests: a table of its own, and what a person would see. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { dynamoClient } from '../../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { jsonTelemetry } from '../../src/adapters/system/telemetry.ts';
import { run } from '../../src/cli/program.ts';
import { Processes } from '../../src/local/processes.ts';
import { startTable } from '../../src/local/table.ts';

export interface Told {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export async function terminal() {
  const processes = new Processes();
  onTestFinished(() => processes.end());
  const table = await startTable(processes);
  onTestFinished(() => table.end());
  const client = dynamoClient({
    endpoint: table.endpoint,
    region: 'local',
    credentials: { accessKeyId: 'test', secretAccessKey: 'local' },
    requestTimeoutMs: 5000,
  });
  onTestFinished(() => client.destroy());
  const { tableName } = table;
  const store = new DynamoStore({ client, tableName, telemetry: jsonTelemetry('error'), deadlineMs: 10_000 });
  const dir = await processes.temporaryDir('cli-');
  return {
    store,
    dir,
    processes,
    table,
    /** With the options that name the table. */
    ask: (...args: readonly string[]) => asked([...args, '--table', tableName, '--endpoint', table.endpoint]),
    file: async (...lines: readonly string[]) => {
      const path = join(dir, `${Math.random().toString(36).slice(2)}.conf`);
      await writeFile(path, lines.map((line) => `${line}\n`).join(''));
      return path;
    },
  };
}

export async function asked(args: readonly string[]): Promise<Told> {
  const out: string[] = [];
  const err: string[] = [];
  const status = await run(args, { out: (text) => out.push(text), err: (text) => err.push(text) });
  return { status, out: out.join('\n'), err: err.join('\n') };
}

/** Sets environment variables for one test. */
export function environment(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    set(name, value);
    onTestFinished(() => set(name, before));
  }
}

function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
