/**
 * The empty master: it came back without its data, and may have taken writes since. While a replica still has them, that
 * is an S_DOWN like any other. When no node has anything of the known history any more, there is nothing left to save: the
 * alarm is raised, the history that is there is taken for the new one, and no role is changed. So too when somebody made
 * the master a replica of a stranger's data: without this the group could never have a master again.
 */
import { freshObservations } from './agreement.ts';
import { type Decision, nothing } from './decision.ts';
import { aboutMaster, type Happening, record } from './events.ts';
import { sameLineage } from './lineage.ts';
import { type MasterState, nodeId } from './model.ts';
import { holdsData, type NodeMemory, reached, subjectivelyDown } from './observation.ts';
import type { Situation } from './view.ts';

/**
 * Another process at the master's address, which holds far less than it should. Its offset alone does not tell: a master
 * that has loaded its AOF stands at 0 as well. What it was once found out to be it stays, whatever clients write to it
 * and the replicas copy from it meanwhile.
 * @param held - what is known of all nodes, before this look and with it
 */
export function cameBackEmpty(
  state: MasterState,
  before: NodeMemory | undefined,
  node: NodeMemory,
  held: readonly NodeMemory[],
): boolean {
  const { runId, emptiedRunId } = node;
  const foundOut = emptiedRunId !== undefined && emptiedRunId === runId;
  if (!reached(node)) return foundOut && runId !== state.master.runId;
  if (!isAnother(state, node)) return false;
  if (foundOut) return true;
  const { keys } = node.info;
  const highest = before?.runId === runId ? 0 : (before?.info?.offset ?? 0);
  if (node.last.reply !== 'pong' || keys === undefined || !farBehind(state, node, highest)) return false;
  const ours = held.filter(({ info }) => info && sameLineage(state, info));
  const most = Math.max(0, ...ours.map((other) => other.keys ?? 0));
  return keys === 0 || keys < most / 2;
}

/** A master with a run id and a history that the state does not know. */
function isAnother(state: MasterState, { runId, info }: NodeMemory): boolean {
  if (runId === undefined || state.master.runId === undefined || runId === state.master.runId) return false;
  return info?.role === 'master' && !sameLineage(state, info);
}

function farBehind({ master }: MasterState, { info }: NodeMemory, highest = 0): boolean {
  return info !== undefined && info.offset < Math.max(master.offset ?? 0, highest) / 2;
}

/**
 * What to wait for while it is not known whether the named master came back without its data: its run id is not written
 * then, for with it that S_DOWN would be over for everybody; and nothing is repaired, for a replica that is pointed to an
 * empty master loses what it has.
 */
export function emptyOrNot(s: Situation): Decision | undefined {
  const { state, memory, master } = s;
  if (!reached(master) || !isAnother(state, master) || !farBehind(state, master)) return undefined;
  const unsure = 'whether the master came back without its data is not known yet';
  const known = [nodeId(state.master.address), ...Object.keys(state.replicas)];
  const unread = known.filter((id) => toBeRead(state, memory.nodes[id]));
  if (unread.length > 0) {
    const afterMs = state.directives.alertIntervalMs;
    return nothing(`${unsure}: reading ${unread.join(', ')}`, { kind: 'alert', afterMs, full: true });
  }
  const unfit = freshObservations(s).filter(({ health, subjectivelyDown: down }) => down && health === 'up');
  const others = unfit.map(({ sentinel }) => sentinel).sort();
  return others.length > 0 ? nothing(`${unsure}: ${others.join(', ')} may know`) : undefined;
}

/** This look did not tell its keys, and what was counted before may be little of what it has; and it is not down. */
function toBeRead({ directives }: MasterState, node: NodeMemory | undefined): boolean {
  if (!node) return true;
  const inFull = reached(node) && node.info.runId !== undefined;
  const beyond = node.last.outcome === 'misconfigured' || subjectivelyDown(node, directives.downAfterMs);
  return !inFull && !beyond;
}

/** @returns undefined while a node has the data, or may have them and is out of reach */
export function acceptLoss(s: Situation): Decision | undefined {
  const { state, master, why, now, self } = s;
  if ((why !== 'emptied' && why !== 'says replica') || !reached(master)) return undefined;
  const left = historiesLeft(s);
  if (!left || (why === 'says replica' && left.size > 1)) return undefined;
  const { outage: _, limitation: __, ...rest } = state;
  const { info, runId } = master;
  const [history = info.replicationId] = why === 'emptied' ? [] : left;
  const known = state.master;
  // taken once: it would be told again at every look, and what is there could never be failed over to
  if (known.replicationId === history && known.offset === info.offset) return undefined;
  const older = lookIsOlder(s);
  if (older) return older;
  const identity = {
    ...known,
    ...(runId !== undefined && { runId }),
    replicationId: history,
    offset: info.offset,
  };
  const about = (type: string) => aboutMaster(type, state.name, state.master.address);
  return {
    ...nothing(`nothing is left of the data of ${nodeId(state.master.address)}: taking what is there`),
    write: record({ ...rest, master: identity }, self.id, now, [
      ...(why === 'emptied' ? [about('+reboot')] : []),
      dataLost(state),
      ...(state.outage ? [about('-odown')] : []),
    ]),
  };
}

/** What is known by now may be of a node that came after this look: no data are given up by it. */
export function lookIsOlder({ state, memory }: Situation): Decision | undefined {
  if (memory.lookedAtRev === state.rev) return undefined;
  return nothing('nothing is left of the data, by a look that is older than the state: looking again', {
    kind: 'alert',
    afterMs: 0,
  });
}

/**
 * The histories that are left when every known node is reached and none has anything of the known one; undefined while
 * one has, or may have.
 */
export function historiesLeft({ state, memory }: Situation): ReadonlySet<string> | undefined {
  const known = [nodeId(state.master.address), ...Object.keys(state.replicas)];
  const nodes = known.map((id) => memory.nodes[id]).filter((node) => reached(node));
  // while a node loads it makes up a history, and tells its own when it has its data
  if (nodes.length < known.length || nodes.some(({ last }) => last.reply === 'loading')) return undefined;
  const filled = nodes.filter(holdsData);
  if (filled.some(({ info }) => sameLineage(state, info))) return undefined;
  return new Set(filled.map(({ info }) => info.replicationId));
}

export function dataLost({ name, master }: MasterState, who = 'no node'): Happening {
  return aboutMaster(
    '+data-lost',
    name,
    master.address,
    `#${who} has the known replication history any more`,
  );
}
