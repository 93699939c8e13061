/** What a look asks a node: PING and INFO, sent together, and of a master a write that expires by itself. */
import { parseInfo } from '../../core/info.ts';
import type { NodeLook } from '../../core/looks.ts';
import type { Address, MonoMs } from '../../core/model.ts';
import type { LookRequest } from '../../ports.ts';
import type { Link } from './link.ts';
import type { Verdict } from './replies.ts';

/** Without a verdict it is still in flight. */
export interface Probe {
  readonly info: LookRequest['info'];
  readonly writes: boolean;
  /** Or when it was to be sent, while its connection does not stand. */
  sentAt: MonoMs;
  verdict?: Verdict;
  /** When the verdict came. */
  at?: MonoMs;
}

/** Whether the answer to `probe` is what a look that began at `began` asked for. */
export function satisfies(probe: Probe, { info, writeProbe = false }: LookRequest, began: MonoMs): boolean {
  // what a node said before this look is no longer current
  return probe.sentAt >= began && (info !== 'all' || probe.info === 'all') && (!writeProbe || probe.writes);
}

/** PING comes first: of a connection that is refused, only the first command may get an answer. */
export function wordsOf({ info, writes }: Probe): string[][] {
  return [['PING'], info === 'all' ? ['INFO'] : ['INFO', 'replication'], ...(writes ? [WRITE] : [])];
}

const WRITE = ['SET', 'lambda-sentinel:write-probe', '1', 'PX', '10000'];

/** The look that a probe with a verdict makes. */
export function lookOf(
  node: Address,
  { id, ip }: Pick<Link, 'id' | 'ip'>,
  { verdict, sentAt, at = sentAt }: Probe,
): NodeLook {
  const base = { node, sentAt, at };
  if (verdict?.kind === 'answered') {
    const { reply, infoText } = verdict;
    const info = infoText === undefined ? undefined : parseInfo(infoText);
    return { ...base, outcome: 'answered', reply, ...(info && { info }), link: id, ...(ip && { ip }) };
  }
  const detail = verdict?.detail ?? '';
  return verdict?.kind === 'busy'
    ? { ...base, outcome: 'busy', detail, link: id }
    : { ...base, outcome: 'misconfigured', detail };
}
