/** redis-server, installed where that can be done without asking. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './child-process.mjs';

// A package's post-install script asks policy-rc.d before it starts a service: 101 forbids it. The local stack
// starts its own nodes on free ports, and one on 6379 that nobody asked for would only be in somebody's way.
const INSTALL = `
set -e
apt-get update
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server
`;

/** @returns undefined when redis-server can be run, else what is missing and the command that cures it. */
export async function ensureRedisServer() {
  if (onPath('redis-server')) return undefined;
  const root = process.getuid?.() === 0;
  const privileged = root ? ['sh', '-c', INSTALL] : ['sudo', '-n', 'sh', '-c', INSTALL];
  const mayInstall = onPath('apt-get') && (root || (onPath('sudo') && (await sudoWithoutPassword())));
  if (!mayInstall) return missing('it is not on PATH');

  console.error('redis-server is not on PATH: installing Debian’s package, without starting its service …');
  const [command, ...args] = privileged;
  // apt writes to stderr too: a caller's stdout may be read by a program (`demo --json`).
  const status = await run(command, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) return missing(`apt-get ended with status ${status}`);
  if (!onPath('redis-server')) return missing('the package installed no redis-server on PATH');
  console.error('redis-server is installed; its service was not started (it is enabled for the next boot)');
  return undefined;
}

function missing(why) {
  return (
    `redis-server is needed and ${why}. Install it, for example by\n` +
    '  sudo apt-get update && sudo apt-get install -y redis-server   (Debian, Ubuntu)\n' +
    '  brew install redis                                            (macOS)'
  );
}

async function sudoWithoutPassword() {
  return (await run('sudo', ['-n', 'true'], { stdio: 'ignore' })) === 0;
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder
    }
  });
}
