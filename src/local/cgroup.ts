/**
 * Holds a process to the CPU share of a function's memory size, by a cgroup quota of its own: version 1
 * (`cpu.cfs_quota_us`) or version 2 (`cpu.max`), whichever this machine has. It takes root or a delegated cgroup.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What buys one whole core (AWS Lambda Developer Guide, "Configure Lambda function memory"). */
const MB_PER_CORE = 1769;
/** Short, so that a small share shows as many small pauses and not as a few long ones. */
const PERIOD_US = 20_000;
/** The kernel takes no smaller quota. */
const QUOTA_US_MIN = 1000;
const PREFIX = 'lambda-sentinel-';

type Hierarchy = { readonly version: 1 | 2; readonly root: string };

/**
 * Puts the process and all its threads into a quota of `memoryMb` / 1769 of a core.
 * Call {@link releaseCpu} when the process has ended; groups that a killed program left are removed here.
 * @returns `'held'`, or the sentence why it is not.
 */
export async function holdCpu(pid: number, memoryMb: number): Promise<'held' | string> {
  const hierarchy = findHierarchy();
  if (!hierarchy) return 'no CPU quota: no cgroup with a cpu controller is mounted under /sys/fs/cgroup';
  const group = groupOf(hierarchy, pid);
  const quotaUs = Math.max(QUOTA_US_MIN, Math.round((PERIOD_US * memoryMb) / MB_PER_CORE));
  try {
    await removeOrphans(hierarchy);
    await mkdir(group, { recursive: true });
    await setQuota(hierarchy, group, quotaUs);
    await writeFile(join(group, 'cgroup.procs'), String(pid));
    return 'held';
  } catch (error) {
    await removeGroup(group).catch(() => {}); // the first failure is the one to tell
    return `no CPU quota for process ${pid} (it takes root or a delegated cgroup): ${(error as Error).message}`;
  }
}

/** Removes the group of a process that has ended; does nothing when there is none. */
export async function releaseCpu(pid: number): Promise<void> {
  const hierarchy = findHierarchy();
  if (hierarchy) await removeGroup(groupOf(hierarchy, pid));
}

function findHierarchy(): Hierarchy | undefined {
  if (existsSync('/sys/fs/cgroup/cpu/cgroup.procs')) return { version: 1, root: '/sys/fs/cgroup/cpu' };
  if (existsSync('/sys/fs/cgroup/cgroup.controllers')) return { version: 2, root: '/sys/fs/cgroup' };
  return undefined;
}

function groupOf(hierarchy: Hierarchy, pid: number): string {
  return join(hierarchy.root, `${PREFIX}${pid}`);
}

async function setQuota(hierarchy: Hierarchy, group: string, quotaUs: number): Promise<void> {
  if (hierarchy.version === 2) {
    const shared = join(hierarchy.root, 'cgroup.subtree_control');
    if (!(await readFile(shared, 'utf8')).split(/\s+/).includes('cpu')) await writeFile(shared, '+cpu');
    return writeFile(join(group, 'cpu.max'), `${quotaUs} ${PERIOD_US}`);
  }
  await writeFile(join(group, 'cpu.cfs_period_us'), String(PERIOD_US));
  await writeFile(join(group, 'cpu.cfs_quota_us'), String(quotaUs));
}

/** A program that was killed cannot release; a group whose process is gone serves nobody. */
async function removeOrphans(hierarchy: Hierarchy): Promise<void> {
  for (const name of await readdir(hierarchy.root)) {
    if (!name.startsWith(PREFIX) || existsSync(`/proc/${name.slice(PREFIX.length)}`)) continue;
    await removeGroup(join(hierarchy.root, name));
  }
}

async function removeGroup(group: string): Promise<void> {
  try {
    await rmdir(group);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
