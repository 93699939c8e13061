/** Watches every write of a table and holds it to what may never happen, whoever writes. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type MasterState, nodeId, type Vote } from '../core/model.ts';
import type { TableWrite } from './table-operation.ts';

const MASTER = 'MASTER#';

export class Oracle {
  readonly broken: string[] = [];
  readonly leaders = new Map<number, string>();
  readonly #masters = new Map<number, string>();
  readonly #intents = new Map<number, string>();
  readonly #votes = new Map<string, string>();
  readonly #name: string | undefined;
  #last: MasterState | undefined;

  /** @param name - the one master it watches. @default the only one there is */
  constructor(name?: string) {
    this.#name = name;
  }

  /** To be given to the table's `onWrite`. */
  readonly check = ({ key, item }: TableWrite): void => {
    if (!item || !key.pk.startsWith(MASTER)) return;
    if (this.#name !== undefined && key.pk !== `${MASTER}${this.#name}`) return;
    if (key.sk === 'STATE') this.#checkState(unmarshall(item) as MasterState);
    if (key.sk.startsWith('VOTE#')) this.#checkVote(unmarshall(item) as Vote);
  };

  #checkState(state: MasterState): void {
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
    this.#last = state;
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

  #checkVote({ epoch, sentinel, candidate }: Vote): void {
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
