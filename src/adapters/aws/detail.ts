/** An event as its consumers read it. */
import type { Message } from '../../ports.ts';

/** JSON: `id`, `master`, `seq`, `at` (ISO 8601), `by`, `type`, `payload`; `sentinel` where only that one saw it. */
export function detailOf({ id, master, event, sentinel }: Message): string {
  const { seq, at, by, type, payload } = event;
  return JSON.stringify({
    ...{ id, master, seq, at: new Date(at).toISOString(), by, type, payload },
    ...(sentinel !== undefined && { sentinel }),
  });
}
