/**
 * Ports for processes on loopback, chosen free at run time and below the ephemeral range (32768). A port stays its
 * process' own until that ends, also while nothing listens on it: what is dead or refuses in one test is not to be
 * answered for by a server of another that runs beside it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LOWEST = 10_000;
const HIGHEST = 32_000;
/** A file a port, which names the process that has it. */
const LEDGER = join(tmpdir(), `lambda-sentinel-ports-${process.getuid?.() ?? 0}`);
const taken = new Set<number>();
let opened = false;

/** @throws Error when no free port is found in 200 tries. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (!take(port)) continue;
    if (await canListen(port)) return port;
    giveBack(port);
  }
  throw new Error(`no free port found between ${LOWEST} and ${HIGHEST}`);
}

/** @returns false when this or another process has it */
export function take(port: number): boolean {
  openLedger();
  try {
    writeFileSync(join(LEDGER, String(port)), String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
  taken.add(port);
  return true;
}

/** Once a process: what others left behind that were killed is nobody's any more. */
function openLedger(): void {
  if (opened) return;
  opened = true;
  process.once('exit', () => [...taken].forEach(giveBack));
  mkdirSync(LEDGER, { recursive: true });
  for (const name of readdirSync(LEDGER)) {
    const file = join(LEDGER, name);
    if (!lives(holderOf(file))) rmSync(file, { force: true });
  }
}

function giveBack(port: number): void {
  taken.delete(port);
  rmSync(join(LEDGER, String(port)), { force: true });
}

function holderOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return process.pid; // given back this very moment
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
