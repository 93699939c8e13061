/** What befalls the nodes and their processes. */
import { nodeId } from '../../../src/core/model.ts';
import { type Draw, type Drawn, named, none, type Reach, type Setting } from './fault.ts';
import { calls } from './faults-of-functions.ts';
import type { Random } from './random.ts';

interface Target {
  readonly who: string;
  readonly find: (reach: Reach) => ReturnType<typeof named>;
}

const MASTER: Target = { who: 'the master', find: named };

/** The named master at that moment, or one node that was drawn. */
function target(random: Random, { nodes }: Setting): Target {
  if (random.chance(0.6)) return MASTER;
  const id = random.pick(nodes);
  return { who: id, find: ({ cluster }) => cluster.node(id) };
}

export const kill: Draw = (random, setting) => killed(random, setting, target(random, setting));
export const killMaster: Draw = (random, setting) => killed(random, setting, MASTER);

function killed(random: Random, setting: Setting, { who, find }: Target): Drawn {
  const empty = setting.emptied && random.chance(0.3);
  return {
    what: `${who} is killed${empty ? ', and comes back empty' : ''}`,
    begin(reach) {
      const node = find(reach);
      if (!node) return none;
      reach.cluster.kill(node);
      return () => reach.cluster.start(node, { empty });
    },
  };
}

export const stop: Draw = (random, setting) => stopped(target(random, setting));
export const stopMaster: Draw = () => stopped(MASTER);

function stopped({ who, find }: Target): Drawn {
  return {
    what: `${who} is stopped`,
    begin(reach) {
      const node = find(reach);
      if (!node) return none;
      reach.cluster.stop(node);
      return () => reach.cluster.resume(node);
    },
  };
}

export const ail: Draw = (random, setting) => {
  const { who, find } = target(random, setting);
  const how = random.pick(['busy', 'diskFull'] as const);
  return {
    what: `${who} is ${how === 'busy' ? 'busy with a script' : 'out of disk'}`,
    begin(reach) {
      const node = find(reach);
      if (!node) return none;
      node[how] = true;
      return () => {
        node[how] = false;
      };
    },
  };
};

export const lag: Draw = (random, { nodes }) => {
  const id = random.pick(nodes);
  const ms = random.between(200, 3000);
  return {
    what: `${id} lags by up to ${ms} ms`,
    begin({ cluster }) {
      cluster.replication.lagMs.set(id, ms);
      return () => cluster.replication.lagMs.delete(id);
    },
  };
};

/** The node that is chosen, between its intent and its promotion. */
export const chosen: Draw = (random) => {
  const how = random.pick(['killed', 'stopped'] as const);
  return {
    armed: 0,
    fromTheStart: true,
    what: `the node that is chosen is ${how} when its intent is written`,
    begin(reach) {
      const { cluster, facts } = reach;
      let lift = none;
      const unwatch = reach.whenState(
        ({ failover }) => failover?.step === 'promoting',
        () => {
          const intent = facts.state?.failover?.intent;
          const node = intent && cluster.node(nodeId(intent.node));
          if (!node) return;
          if (how === 'killed') cluster.kill(node);
          else cluster.stop(node);
          lift = () => (how === 'killed' ? cluster.start(node, { empty: false }) : cluster.resume(node));
        },
      );
      return () => {
        unwatch();
        lift();
      };
    },
  };
};

/** Of a replica alone: a stranger in the named master's place would be believed, by its address. */
export const stranger: Draw = (random, { nodes }) => {
  const id = random.pick(nodes);
  return {
    what: `a node of another group stands at ${id}`,
    begin({ cluster, facts }) {
      const node = cluster.node(id);
      const { state } = facts;
      if (!node?.upstream || node.life !== 'up' || !state?.replicas[id] || state.failover) return none;
      cluster.startStranger(node);
      return () => cluster.endStranger(node, facts.state?.master.address ?? node.address);
    },
  };
};

export const meddle: Draw = (random, { nodes, emptied }) => {
  const [a, b] = [random.pick(nodes), random.pick(nodes)];
  if (emptied || a === b) return calls(random, { nodes, zones: [], emptied });
  return {
    what: `somebody points ${a} to ${b}`,
    begin({ cluster }) {
      const [node, upstream] = [cluster.node(a), cluster.node(b)];
      if (node?.life !== 'up' || !upstream || node.stranger || upstream.stranger) return none;
      cluster.replication.follow(node, upstream.address);
      node.meddledAt = cluster.now;
      return none;
    },
  };
};

/** The rack loses power: every node restarts, the master without its data, its replicas with theirs. */
export const blackout: Draw = (random, setting) => {
  if (!setting.emptied) return kill(random, setting);
  return {
    what: 'every node restarts, the master empty',
    armed: 0,
    begin(reach) {
      const master = named(reach);
      for (const node of reach.cluster.nodes) reach.cluster.kill(node);
      for (const node of reach.cluster.nodes) reach.cluster.start(node, { empty: node === master });
      return none;
    },
  };
};

/** And the other replicas restart a moment later, with their data. */
export const chosenEmptied: Draw = (random, setting) => {
  if (!setting.emptied) return chosen(random, setting);
  return {
    armed: 0,
    fromTheStart: true,
    what: 'the node that is chosen restarts empty when its intent is written',
    begin({ cluster, facts, whenState }) {
      const unwatch = whenState(
        ({ failover }) => failover?.step === 'promoting',
        () => {
          unwatch();
          const intent = facts.state?.failover?.intent;
          const node = intent && cluster.node(nodeId(intent.node));
          if (!node) return;
          for (const one of cluster.nodes) {
            if (one.life !== 'up' || !one.upstream) continue;
            cluster.kill(one);
            if (one === node) cluster.start(one, { empty: true });
            else facts.timeline.after(300, () => cluster.start(one, { empty: false }));
          }
        },
      );
      return unwatch;
    },
  };
};
