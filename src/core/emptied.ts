/**
 * The empty master: it came back without its data. While a replica still has them, that is an S_DOWN like any other.
 * When no node has anything of the known history any more, there is nothing left to save: the alarm is raised, the
 * history that is there is taken for the new one, and no role is changed. So too when somebody made the master a replica
 * of a stranger's data: without this the group could never have a master again.
 */
import { type Decision, nothing } from './decision.ts';
import { aboutMaster, type Happening, record } from './events.ts';
import { sameLineage } from './lineage.ts';
import { type MasterState, nodeId } from './model.ts';
import { holdsData, reached } from './observation.ts';
import type { Situation } from './view.ts';

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

/**
 * The histories that are left when every known node is reached and none has anything of the known one; undefined while
 * one has, or may have.
 */
export function historiesLeft({ state, memory }: Situation): ReadonlySet<string> | undefined {
  const known = [nodeId(state.master.address), ...Object.keys(state.replicas)];
  const nodes = known.map((id) => memory.nodes[id]).filter((node) => reached(node));
  if (nodes.length < known.length) return undefined;
  const filled = nodes.filter(holdsData);
  if (filled.some(({ info }) => sameLineage(state, info))) return undefined;
  return new Set(filled.map(({ info }) => info.replicationId));
}

export function dataLost({ name, master }: MasterState): Happening {
  return aboutMaster(
    '+data-lost',
    name,
    master.address,
    '#no node has the known replication history any more',
  );
}
