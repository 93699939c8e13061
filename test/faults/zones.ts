/** What happens to the zones of a stack: their processes are killed or stopped, and their functions kept from starting. */
import type { Stack } from '../../src/local/stack.ts';
import { functionNameOf } from '../../src/local/stack-functions.ts';
import { killZone } from '../local/kills.ts';
import type { Lift } from './subject.ts';

const NOTHING: Lift = async () => {};

/** SIGKILL to all its processes. @param keepDown - starts none until it is lifted */
export async function killed(stack: Stack, zone: string, keepDown: boolean): Promise<Lift> {
  const name = functionNameOf(zone);
  if (keepDown) stack.functions.disable(name);
  await killZone(stack, zone);
  return keepDown ? async () => stack.functions.enable(name) : NOTHING;
}

/**
 * SIGSTOP to each process that runs an invocation. One that is idle is stopped already, by Lambda, which wakes it for
 * its next invocation; so only those are woken again that are still busy with what they were stopped in.
 * @param altogether - no other process of the zone takes its place until it is lifted
 */
export async function hung(stack: Stack, zone: string, altogether: boolean): Promise<Lift> {
  const name = functionNameOf(zone);
  if (altogether) stack.functions.disable(name);
  const busy = stack.functions.environments(name).filter(({ pid, busy }) => busy && pid !== 0);
  for (const { pid } of busy) signal(pid, 'SIGSTOP');
  return async () => {
    for (const { pid, requestId } of stack.functions.environments(name)) {
      if (busy.some((one) => one.pid === pid && one.requestId === requestId)) signal(pid, 'SIGCONT');
    }
    if (altogether) stack.functions.enable(name);
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended by itself a moment ago
  }
}
