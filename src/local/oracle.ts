/** Watches every write of a table and holds it to what may never happen, whoever writes. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type MasterState, nodeId, type Observation, type Vote } from '../core/model.ts';
import { Entitlement } from './entitlement.ts';
import type { TableWrite } from './table-operation.ts';

const MASTER = 'MASTER#';

export class Oracle {
  readonly broken: string[] = [];
  readonly leaders = new Map<number, string>();
  readonly #masters = new Map<number, string>();
  readonly #intents = new Map<number, string>();
  readonly #votes = new Map<string, string>();
  readonly #entitlement = new Entitlement(this.broken);
  readonly #name: string | undefined;
  /** What was told of it last: `+odown` or `-odown`. */
  #objectivelyDown = '-odown';
  #last: MasterState | undefined;

  /** @param name - the one master it watches. @default the only one there is */
  constructor(name?: string) {
    this.#name = name;
  }

  /** To be given to the table's `onWrite`. */
  readonly check = ({ caller, key, item }: TableWrite): void => {
    if (!item || !key.pk.startsWith(MASTER)) return;
    if (this.#name !== undefined && key.pk !== `${MASTER}${this.#name}`) return;
    if (key.sk === 'STATE') this.#checkState(unmarshall(item) as MasterState, caller);
    if (key.sk.startsWith('VOTE#')) this.#checkVote(unmarshall(item) as Vote, caller);
    if (key.sk.startsWith('OBS#')) this.#entitlement.heed(unmarshall(item) as Observation, caller);
  };

  #checkState(state: MasterState, caller: string): void {
    const { failover, configEpoch, master } = state;
    if (failover) {
      const { sentinel, incarnation } = failover.leader;
      this.#once(this.leaders, failover.epoch, `${sentinel}/${incarnation}`, 'leader of epoch');
      if (failover.intent)
        this.#once(this.#intents, failover.intent.epoch, nodeId(failover.intent.node), 'intent of epoch');
    }
    this.#once(this.#masters, configEpoch, nodeId(master.address), 'master of configuration epoch');
    if (state.replicas[nodeId(master.address)])
      this.broken.push(`rev ${state.rev}: the master is among its replicas`);
    this.#checkOrder(state);
    this.#checkEvents(state);
    if (this.#last) this.#entitlement.check(this.#last, state, caller);
    this.#last = state;
  }

  /** What this write adds to the log. */
  #checkEvents(state: MasterState): void {
    const told = this.#last?.lastSeq ?? 0;
    for (const { seq, type, payload } of state.events.filter((event) => event.seq > told)) {
      if (type === '+odown' || type === '-odown') this.#objectivelyDown = type;
      const asked = state.failover?.epoch === state.currentEpoch || this.#last?.failover;
      if (type === '+try-failover' && this.#last && !asked && this.#objectivelyDown !== '+odown')
        this.broken.push(`event ${seq}: +try-failover without +odown`);
      const demoted = type === '+convert-to-slave' || type === '+fix-slave-config';
      if (demoted && payload.split(' ')[1] === nodeId(state.master.address))
        this.broken.push(`event ${seq}: ${type} of the master itself`);
    }
  }

  #checkOrder(state: MasterState): void {
    const before = this.#last;
    if (!before) return;
    if (state.rev !== before.rev + 1) this.broken.push(`rev ${state.rev} came after ${before.rev}`);
    if (state.currentEpoch < before.currentEpoch)
      this.broken.push(`epoch ${state.currentEpoch} after ${before.currentEpoch}`);
    if (state.configEpoch < before.configEpoch)
      this.broken.push(`configuration epoch ${state.configEpoch} after ${before.configEpoch}`);
    const seqs = state.events.map(({ seq }) => seq);
    if (seqs.some((seq, i) => i > 0 && seq !== (seqs[i - 1] ?? 0) + 1))
      this.broken.push(`rev ${state.rev}: events ${seqs.join()}`);
    if (state.lastSeq < before.lastSeq) this.broken.push(`event ${state.lastSeq} after ${before.lastSeq}`);
  }

  #checkVote(vote: Vote, caller: string): void {
    const { epoch, sentinel, candidate } = vote;
    this.#entitlement.count(vote, caller);
    const key = `${epoch} of ${sentinel}`;
    this.#once(this.#votes, key, `${candidate.sentinel}/${candidate.incarnation}`, 'vote in epoch');
  }

  #once<K>(known: Map<K, string>, key: K, value: string, what: string): void {
    const before = known.get(key);
    if (before !== undefined && before !== value)
      this.broken.push(`${what} ${key}: ${before}, then ${value}`);
    known.set(key, value);
  }
}
