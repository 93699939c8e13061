/** Runs one command in the foreground of this terminal, on any Node since 18. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Waits for the command and never dies before it: what it starts is ended by it, not orphaned by us.
 *
 * @returns its exit status; 128 + the signal's number when a signal ended it, 127 when it could not be started.
 */
export function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: 'inherit', ...options });
  const stopForwarding = forwardSignals(child);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`cannot run ${command}: ${error.message}`);
      stopForwarding();
      resolve(127);
    });
    child.once('exit', (status, signal) => {
      stopForwarding();
      resolve(status ?? 128 + constants.signals[signal]);
    });
  });
}

function forwardSignals(child) {
  // A terminal sends Ctrl-C to the whole foreground group: the child has it already, a second one would read as
  // "stop at once". Without a terminal nobody but us can pass it on.
  const atTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  const listeners = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const listener = () => {
      if (signal !== 'SIGINT' || !atTerminal) child.kill(signal);
    };
    process.on(signal, listener);
    return [signal, listener];
  });
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}
