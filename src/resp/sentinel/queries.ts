/** What is asked about masters and their nodes. */

import { nodeId } from '../../core/model.ts';
import { checkQuorum, heartbeatMs } from '../../core/quorum-check.ts';
import type { Call, Command } from '../commands/command.ts';
import { downSince, type Known, replicasOf, toldAddress } from '../masters/known.ts';
import {
  array,
  bulk,
  bulks,
  error,
  fields,
  integer,
  NULL_ARRAY,
  NULL_BULK,
  type Reply,
  simple,
} from '../protocol/reply.ts';
import { infoText } from './info-text.ts';
import { masterFields } from './master-map.ts';
import { announcedReplicas, replicaFields } from './replica-map.ts';
import { alias, ofMaster, ROW } from './row.ts';
import { sentinelFields } from './sentinel-map.ts';

const masters: Command = {
  ...{ ...ROW, name: 'masters', arity: 2, summary: 'All masters, with their state' },
  run: async ({ env }) => {
    const all = await env.masters.all();
    await Promise.all(all.map((known) => env.lookAgain(known)));
    return array(all.map((known) => fields(masterFields(known, env.clock.now()))));
  },
};

const master = ofMaster('master', 3, 'A master, with its state', async (known, { env }) => {
  await env.lookAgain(known);
  return fields(masterFields(known, env.clock.now()));
});

const replicas = ofMaster('replicas', 3, 'The replicas of a master, with their state', (known, { env }) =>
  array(announcedReplicas(known).map((replica) => fields(replicaFields(known, replica, env.clock.now())))),
);

const sentinels = ofMaster('sentinels', 3, 'The others that clients can reach', (known, { env }) =>
  array(env.peers.reached.map((peer) => fields(sentinelFields(known, peer, env.clock.now())))),
);

/** An unknown name is no error here: clients take it for a sentinel that has not heard of it yet. */
const getMasterAddr: Command = {
  ...{ ...ROW, name: 'get-master-addr-by-name', arity: 3, summary: 'Where the master is' },
  run: async ({ env, words }) => {
    const known = await env.masters.find(words[2] ?? '');
    if (!known) return NULL_ARRAY;
    const { host, port } = toldAddress(known.state, known.state.master);
    return bulks([host, port]);
  },
};

const isMasterDown: Command = {
  ...{
    ...ROW,
    name: 'is-master-down-by-addr',
    arity: 6,
    summary: 'Whether the quorum holds a master for down',
  },
  run: isMasterDownByAddr,
};

/** A gateway has no vote to give: it tells whom the sentinels chose. */
async function isMasterDownByAddr({ env, words }: Call): Promise<Reply> {
  const [, , host, port = '', epoch = '', runId] = words;
  if (![port, epoch].every((number) => /^-?\d{1,15}$/.test(number))) {
    return error('ERR value is not an integer or out of range');
  }
  const all = await env.masters.all();
  const known = all.find(({ state }) =>
    [state.master.address, toldAddress(state, state.master)].some(
      (address) => address.host === host && address.port === Number(port),
    ),
  );
  const down = known && downSince(known, known.state.master.address, env.clock.now()) !== undefined;
  const { failover, election } = known?.state ?? {};
  const leader = runId === '*' ? undefined : (failover?.leader ?? election?.candidate)?.sentinel;
  const leaderEpoch = leader === undefined ? 0 : (failover?.epoch ?? election?.epoch ?? 0);
  return array([integer(down ? 1 : 0), bulk(leader ?? '*'), integer(leaderEpoch)]);
}

const checkQuorumOf = ofMaster('ckquorum', 3, 'Whether enough sentinels live', async ({ state }, { env }) => {
  const records = await env.masters.sentinels();
  const { ok, line } = checkQuorum(state, records, env.clock.now(), heartbeatMs(env.pulseMs));
  return ok ? simple(line) : error(line);
});

const myId: Command = {
  ...{ ...ROW, name: 'myid', arity: 2, summary: "This gateway's id" },
  run: ({ env }) => bulk(env.id),
};

const pendingScripts: Command = {
  ...{ ...ROW, name: 'pending-scripts', arity: 2, summary: 'None: scripts are run by zones' },
  run: () => array([]),
};

const infoCache: Command = {
  ...{ ...ROW, name: 'info-cache', arity: -3, summary: 'What the nodes last said of themselves' },
  run: async ({ env, words }) => {
    const wanted = words.slice(2);
    const all = (await env.masters.all()).filter(({ state }) => wanted.includes(state.name));
    const now = env.clock.now().mono;
    // an array in RESP3 too
    return array(all.flatMap((known) => [bulk(known.state.name), cachedInfo(known, now)]));
  },
};

export const QUERIES: readonly Command[] = [
  masters,
  alias(masters, 'primaries'),
  master,
  alias(master, 'primary'),
  replicas,
  alias(replicas, 'slaves'),
  sentinels,
  getMasterAddr,
  alias(getMasterAddr, 'get-primary-addr-by-name'),
  isMasterDown,
  alias(isMasterDown, 'is-primary-down-by-addr'),
  checkQuorumOf,
  myId,
  pendingScripts,
  infoCache,
];

function cachedInfo(known: Known, now: number): Reply {
  const { state, looks } = known;
  const ids = [nodeId(state.master.address), ...replicasOf(known).map(({ address }) => nodeId(address))];
  return array(
    ids.map((id) => {
      const { full } = looks.get(id) ?? {};
      const info = full?.info;
      if (!full || !info) return array([integer(0), NULL_BULK]);
      return array([integer(Math.max(0, Math.round(now - full.at))), bulk(infoText(info))]);
    }),
  );
}
