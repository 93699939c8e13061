/** What a run may not leave behind it, and what may not grow while it lasts. Linux only: it reads /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Of processes this one started, and of those they started, by pid and command line. */
export function descendants(): string[] {
  const parents = new Map<number, number>();
  for (const pid of pids()) {
    const stat = read(`/proc/${pid}/stat`);
    if (stat !== undefined) parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const ours = new Set([process.pid]);
  for (let before = 0; before !== ours.size; ) {
    before = ours.size;
    for (const [pid, parent] of parents) if (ours.has(parent)) ours.add(pid);
  }
  ours.delete(process.pid);
  return [...ours].map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim()}`);
}

/** Sockets of this process that are open and that somebody waits for. */
export function openSockets(): string[] {
  const open = process.getActiveResourcesInfo();
  return open.filter((kind) => /^(TCP|Pipe)/.test(kind) && kind !== 'PipeWrap');
}

export function residentMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`) ?? '')?.[1]) / 1024);
}

export function openFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return Number.NaN; // it ended a moment ago
  }
}

function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // it ended a moment ago
  }
}
