/**
 * What every client's program does, in each language: it writes increasing numbers and tells each acknowledgement and
 * each failure in a line of JSON; asked to end, it reads back what it wrote last.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

export interface Asked {
  readonly sentinels: { readonly host: string; readonly port: number }[];
  readonly master: string;
  readonly protocol: 2 | 3;
  /** The list that it writes, and the name of its connections. */
  readonly key: string;
  /** What the catalogue gives to this client's program alone. */
  readonly own: readonly string[];
}

/** How this client does it. Each may throw, and is then called again: an application that goes on. */
export interface Writing {
  readonly version: string;
  write(number: number): Promise<unknown>;
  /** The last element of the list. */
  last(): Promise<string | undefined>;
  close(): unknown;
}

const BETWEEN_MS = 20;

export function readAsked(): Asked {
  const [sentinels = '', master = '', protocol, key = '', ...own] = process.argv.slice(2);
  const addresses = sentinels.split(',').map((address) => {
    const [host = '', port] = address.split(':');
    return { host, port: Number(port) };
  });
  return { sentinels: addresses, master, protocol: protocol === '3' ? 3 : 2, key, own };
}

/** Until SIGTERM. */
export async function keepWriting({ version, write, last, close }: Writing): Promise<void> {
  let ending = false;
  process.once('SIGTERM', () => {
    ending = true;
  });
  tell({ version });
  for (let number = 1; !ending; number++) {
    try {
      await write(number);
      tell({ acknowledged: number, at: Date.now() });
    } catch (error) {
      tell({ failed: number, at: Date.now(), error: String(error) });
    }
    await wait(BETWEEN_MS);
  }
  tell({ read: Number(await last()) });
  await close();
}

/** As npm installed it under that name. */
export function versionOf(installed: string): string {
  const manifest = new URL(`../../node_modules/${installed}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

function tell(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
