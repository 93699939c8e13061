// Ends what its parent started, when the parent is gone: each line on standard input is p or d (a process or a folder),
// + or - (there is one, or it is gone already), and the pid or path.
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const left = { p: new Set(), d: new Set() };
for await (const line of createInterface({ input: process.stdin })) {
  const those = left[line[0]];
  if (line[1] === '+') those.add(line.slice(2));
  else those.delete(line.slice(2));
}
for (const pid of left.p) {
  try {
    process.kill(Number(pid), 'SIGKILL');
  } catch {
    // already gone
  }
}
for (const dir of left.d) rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
