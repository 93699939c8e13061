/** A process in the background, which tells the one that began it when it stands. */
import { fork } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { DONE, FAILED, MISUSED, type Output, type Status } from './output.ts';

const MARK = 'LAMBDA_SENTINEL_DAEMON';

type Report = { readonly kind: 'stands' } | { readonly kind: 'failed'; readonly why: string };

export function isDaemon(): boolean {
  return process.env[MARK] === '1';
}

/** The same program again, detached. @returns when it stands or has failed */
export function daemonize(output: Output): Promise<Status> {
  const [, program = '', ...args] = process.argv;
  return new Promise((resolve) => {
    const child = fork(program, args, {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { ...process.env, [MARK]: '1' },
    });
    const end = (status: Status) => {
      child.removeAllListeners();
      if (child.connected) child.disconnect();
      child.unref();
      resolve(status);
    };
    child.once('message', (report: Report) => {
      if (report.kind === 'failed') output.err(report.why);
      end(report.kind === 'stands' ? DONE : MISUSED);
    });
    child.once('error', (error) => {
      output.err(`no process in the background could be started: ${error.message}`);
      end(FAILED);
    });
    child.once('exit', (status) => {
      output.err(`the process in the background ended with ${status} before it stood`);
      end(FAILED);
    });
  });
}

/** To the process that began this one, if it waits. */
export function reportBack(report: Report): void {
  if (!isDaemon() || !process.connected) return;
  process.send?.(report, () => process.disconnect());
}

/** @returns how to take it away again. @throws Error when it cannot be written */
export async function writePidfile(path: string): Promise<() => Promise<void>> {
  await writeFile(path, `${process.pid}\n`);
  return () => rm(path, { force: true });
}
