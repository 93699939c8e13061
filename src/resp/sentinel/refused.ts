/** A refusal of the core in the words Redis Sentinel has for it. */
import { errorLine, type Refusal } from '../../core/operations/outcome.ts';
import { error, type Reply } from '../protocol/reply.ts';

export function refused(refusal: Refusal): Reply {
  if (refusal.why === 'duplicate') return error('ERR Duplicate master name.');
  return error(errorLine(refusal));
}
