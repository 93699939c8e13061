/** The program `lambda-sentinel`. */
import { run } from './program.ts';

const NODE_LEAST = [22, 12] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NODE_LEAST[0] || (major === NODE_LEAST[0] && minor < NODE_LEAST[1])) {
  process.stderr.write(
    `lambda-sentinel needs Node ${NODE_LEAST.join('.')} or newer, and this is ${process.version}\n`,
  );
  process.exitCode = 2;
} else {
  process.exitCode = await run(process.argv.slice(2));
  // what is left of an alert that nobody waits for would keep the process alive; what was written has time to leave
  setTimeout(() => process.exit(), 500).unref();
}
