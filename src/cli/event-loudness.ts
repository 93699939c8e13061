/** How loud an event is in redis-sentinel's log; its scripts hear the warnings alone. */
import type { Loudness } from './log.ts';

const NOTICE = new Set([
  ...['+slave', '+sentinel', '+reboot', '+convert-to-slave', '+fix-slave-config'],
  ...['+failover-state-send-slaveof-noone', '+failover-state-wait-promotion'],
  ...['+slave-reconf-sent', '+slave-reconf-inprog', '+slave-reconf-done', '-slave-reconf-sent-timeout'],
]);
const VERBOSE = new Set(['+role-change', '-role-change']);

export function loudnessOf(type: string): Loudness {
  return NOTICE.has(type) ? 'notice' : VERBOSE.has(type) ? 'verbose' : 'warning';
}
