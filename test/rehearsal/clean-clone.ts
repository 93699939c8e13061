/** The project as it is cloned, with what `npm ci` installs, and commands in it that reach no network. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT, temporaryFolder } from './ready-stack.ts';

/** As .gitignore has it. */
const NOT_CLONED = ['.git', 'node_modules', 'dist', 'cdk.out', '.cache'];

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function cleanClone(): string {
  const clone = join(temporaryFolder('clone'), 'lambda-sentinel');
  mkdirSync(clone);
  const cloned = (file: string) => !NOT_CLONED.includes(basename(file)) || relative(ROOT, file) === '';
  cpSync(ROOT, clone, { recursive: true, filter: cloned });
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  return clone;
}

/** Where it may, the command gets a network of its own, with nothing in it; elsewhere a proxy that is not there. */
export const NETWORK_IS_CUT = spawnSync('unshare', ['--map-root-user', '--net', 'true']).status === 0;

/** Without anything that names an account, credentials or a region. */
export async function offline(clone: string, command: string, args: readonly string[]): Promise<Ended> {
  const closed = 'http://127.0.0.1:1';
  const env = {
    PATH: process.env['PATH'],
    HOME: temporaryFolder('home'),
    ...(NETWORK_IS_CUT ? {} : { HTTP_PROXY: closed, HTTPS_PROXY: closed, npm_config_proxy: closed }),
  };
  const whole = NETWORK_IS_CUT ? ['unshare', '--map-root-user', '--net', command] : [command];
  const [program = command, ...before] = whole;
  const child = spawn(program, [...before, ...args], { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { status, stdout, stderr };
}
