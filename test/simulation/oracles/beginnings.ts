/**
 * No failover begins while an operator holds failovers back, in the cool-down after a failed one, over fewer replicas than
 * min-replicas-visible asks for, or while another zone tells that a replica hears the master. And one that began by itself comes to no intent once its leader sees the master
 * healthy.
 */
import { type MasterState, nodeId, type Observation, sameAddress } from '../../../src/core/model.ts';
import { type Known, saidBefore } from '../world/facts.ts';
import { BEGINNING } from '../world/host.ts';
import type { OracleOf, StateWrite } from './oracle.ts';

/** A clock may be corrected by so much between a decision and its write. */
const CORRECTED_MS_MAX = 2000;
/** A report is fresh for 5 s: younger than this it is, whatever the table took; of a clock that is not too far off, too. */
const REPORT_MS_MAX = 3000;
const CLOCK_MS_MAX = 1500;

/** Not one that is resumed. */
function begins({ before, after }: StateWrite): boolean {
  if (!before || before.failover) return false;
  if (after.election) return after.election.epoch !== before.election?.epoch;
  return after.failover !== undefined && before.election === undefined;
}

export const nothingBeginsThatIsHeldBack: OracleOf = (facts) => ({
  stateWritten(write) {
    const { before, after, by, sentAt } = write;
    if (!before || !by || !begins(write)) return;
    const what = `${by.host.name} begins the failover of epoch ${after.currentEpoch}`;
    facts.promise(before.paused === undefined, () => `${what} while paused`);
    facts.promise(!before.directives.observeOnly, () => `${what}, and is only to observe`);
    if (!after.election) return;
    const looks = Object.keys(before.replicas).map((id) => by.looks.get(id));
    const visible = looks.filter((seen) => seen?.look.outcome === 'answered' || (seen && seen.at > sentAt));
    const wanted = before.directives.minReplicasVisible;
    const reached = by.looks.get(nodeId(before.master.address))?.look.outcome === 'answered' ? 1 : 0; // it may say replica
    facts.promise(
      visible.length + reached >= wanted,
      () => `${what} over ${visible.length} of ${wanted} replicas`,
    );
    if (!before.coolDown) return;
    const earlyMs = before.coolDown.until - (BEGINNING + sentAt + by.host.skewMs);
    facts.promise(
      earlyMs <= CORRECTED_MS_MAX,
      () => `${what} ${Math.round(earlyMs)} ms before it has cooled down`,
    );
  },
});

export const noFailoverOverAVeto: OracleOf = (facts) => {
  const told = new Map<string, { readonly from: number; readonly observation: Observation }>();
  return {
    observationWritten(observation) {
      told.set(observation.sentinel, { from: facts.now, observation });
    },
    stateWritten(write) {
      const { before, after, by, sentAt } = write;
      if (!before?.directives.replicaEvidence || !by || !after.election || !begins(write)) return;
      if (by.looks.get(nodeId(before.master.address))?.look.outcome === 'answered') return; // it is down for what it says
      const read = by.viewAskedAt;
      const vetoes = [...told.values()].filter(
        ({ from, observation }) =>
          from < read &&
          read <= sentAt &&
          sentAt - from <= REPORT_MS_MAX &&
          counts(before, observation, from, by),
      );
      facts.promise(
        vetoes.length === 0,
        () =>
          `${by.host.name} opened epoch ${after.currentEpoch}, and ${vetoes.map(({ observation }) => `${observation.sentinel} told that ${observation.heardBy.join()} heard the master`)}`,
      );
    },
  };
};

function counts(state: MasterState, observation: Observation, from: number, { host }: Known): boolean {
  const { sentinel, address, configEpoch, tilt, heardBy, at } = observation;
  return (
    heardBy.length > 0 &&
    tilt === undefined &&
    sentinel !== host.zone &&
    state.voters.includes(sentinel) &&
    sameAddress(address, state.master.address) &&
    configEpoch === state.configEpoch &&
    Math.abs(at - (BEGINNING + from + host.skewMs)) <= CLOCK_MS_MAX
  );
}

export const noIntentOnceTheMasterIsBack: OracleOf = (facts) => ({
  stateWritten({ before, after, by, sentAt }) {
    if (before?.failover?.step !== 'selecting' || after.failover?.step !== 'promoting' || !by) return;
    if (after.failover.kind !== 'automatic') return;
    const id = nodeId(before.master.address);
    const info = saidBefore(by, id, sentAt);
    const ours = info?.role === 'master' && info.replicationId === before.master.replicationId;
    const look = by.looks.get(id)?.look;
    const healthy = ours && look?.outcome === 'answered' && look.reply === 'pong';
    facts.promise(!healthy, () => `${by.host.name} wrote an intent, and sees ${id} healthy`);
  },
});
