/** A real browser: Chromium, where it is installed, or what `CHROMIUM` names. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { type Browser, launch } from 'puppeteer-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export type Found = { readonly program: string } | { readonly missing: string };

export function findBrowser(): Found {
  const folders = (process.env['PATH'] ?? '').split(':');
  const named = process.env['CHROMIUM'];
  const candidates = named ? [named] : folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const program = candidates.find(isProgram);
  if (program !== undefined) return { program };
  return { missing: 'no Chromium on the PATH: apt-get install -y chromium, or name one in CHROMIUM' };
}

/** It asks nobody but this machine, and ends when this process does, however that ends. */
export function startBrowser(program: string): Promise<Browser> {
  return launch({
    executablePath: program,
    pipe: true,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
    timeout: 60_000,
    protocolTimeout: 60_000,
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
