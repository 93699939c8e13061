/** What an operator asks for, carried out on the store: checked whole before anything is written. */
import type { Checked } from '../core/directives.ts';
import type { Address, MasterState, SentinelId, SimulatedFailure } from '../core/model.ts';
import { isMasterName } from '../core/operations/address.ts';
import type { FailoverRequest } from '../core/operations/failover.ts';
import { failover } from '../core/operations/failover.ts';
import { globMatches } from '../core/operations/glob.ts';
import { monitorOver } from '../core/operations/monitor.ts';
import type { MonitorRequest, NodeRole } from '../core/operations/monitor-request.ts';
import { readMonitor } from '../core/operations/monitor-request.ts';
import type { Refusal, RefusedWhy } from '../core/operations/outcome.ts';
import { live, noSuchMaster, noSuchSentinel, refuseFaults } from '../core/operations/outcome.ts';
import { pause, resume } from '../core/operations/pause.ts';
import { remove } from '../core/operations/remove.ts';
import { removeSentinel } from '../core/operations/remove-sentinel.ts';
import { reset } from '../core/operations/reset.ts';
import { set } from '../core/operations/set.ts';
import { simulateFailure } from '../core/operations/simulate-failure.ts';
import { checkQuorum, heartbeatMs, liveSentinels, type QuorumCheck } from '../core/quorum-check.ts';
import type { Clock, Secrets, StateStore } from '../ports.ts';
import { type Awaited, awaitOutcome, type Waiting } from './await-outcome.ts';
import { type Answer, change, changeEach, type Done, list } from './changes.ts';
import { changeWithDirectives, type Given, type Operation } from './kept-passwords.ts';
import { unreachableForMs } from './unreachable.ts';

export interface OperatorDeps {
  readonly store: StateStore;
  readonly clock: Clock;
  /** Keeps a password that is given as one. @default such a password is refused */
  readonly secrets?: Pick<Secrets, 'keep'>;
  /** Whether an address lies in the allowed networks. @default every address does */
  readonly allows?: (address: Address) => boolean;
  /** Asks a node for its role before it is monitored; undefined when it does not say. @default nobody looks */
  readonly look?: (address: Address) => Promise<NodeRole | undefined>;
  /** How often the zones look: what a heartbeat is judged by. @default 1000 */
  readonly pulseMs?: number;
}

/** `command` is what {@link Operator.awaitOutcome} waits for; absent when there is nothing to wait for. */
export type CommandAnswer = (Done & { readonly command?: string }) | Refusal;

/** The names of the masters, by what became of each. */
export interface ResetAnswer {
  readonly reset: readonly string[];
  /** A promotion may be on its way: left alone. */
  readonly inProgress: readonly string[];
  readonly contended: readonly string[];
}

/** One method an operation, `by` whom as the events say. A refusal is an answer, with what a door must say. */
export class Operator {
  readonly #deps: OperatorDeps;

  constructor(deps: OperatorDeps) {
    this.#deps = deps;
  }

  async monitor(request: MonitorRequest, by: SentinelId): Promise<Answer> {
    const { store, allows = () => true, look } = this.#deps;
    let looked: Promise<NodeRole | undefined> | undefined; // once, however often the race is lost
    const apply: Operation = async (state, directives) => {
      const whole = { ...request, directives };
      const read = readMonitor(whole, { allows });
      if (read.ok && look && !live(state)) looked ??= look(read.value.address);
      const role = await looked;
      return monitorOver(state, whole, { allows, role: () => role }, by, this.#now());
    };
    const name = isMasterName(request.name) ? request.name : ''; // what is none is refused with the other faults
    const answer = await changeWithDirectives(this.#deps, name, request.directives, apply);
    if (answer.kind === 'done') await list(store, answer.state.name, true);
    return answer;
  }

  set(name: string, given: Given, by: SentinelId): Promise<Answer> {
    return changeWithDirectives(this.#deps, name, given, (state, directives) =>
      set(state, directives, by, this.#now()),
    );
  }

  async remove(name: string, by: SentinelId): Promise<Answer> {
    const { store } = this.#deps;
    const answer = await change(this.#deps, name, async (state) => {
      const forMs = await unreachableForMs(this.#deps, state);
      return remove(state, { unreachableMs: forMs }, by, this.#now());
    });
    // a name that was removed before too: who stopped between state and directory is completed by the next to try
    const gone = answer.kind === 'done' || answer.why === 'no-such-master';
    if (gone && isMasterName(name)) await list(store, name, false);
    return answer;
  }

  /** Every master whose name matches. */
  async reset(pattern: string, by: SentinelId): Promise<ResetAnswer> {
    const { store, pulseMs = 1000 } = this.#deps;
    const [names, records] = await Promise.all([store.names(), store.readSentinels()]);
    const liveVoters = liveSentinels(records, this.#now(), heartbeatMs(pulseMs));
    const matching = names.filter((name) => globMatches(pattern, name));
    const answers = await changeEach(this.#deps, matching, (state) =>
      reset(state, { liveVoters }, by, this.#now()),
    );
    return {
      reset: matching.filter((name) => answers.get(name)?.kind === 'done'),
      inProgress: matching.filter((name) => isRefused(answers.get(name), 'in-progress')),
      contended: matching.filter((name) => isRefused(answers.get(name), 'contended')),
    };
  }

  /** From every master it votes for; refused where none knows it. */
  async removeSentinel(id: SentinelId, by: SentinelId): Promise<{ kind: 'done'; from: string[] } | Refusal> {
    const names = await this.#deps.store.names();
    const answers = await changeEach(this.#deps, names, (state) =>
      removeSentinel(state, id, by, this.#now()),
    );
    const from = names.filter((name) => answers.get(name)?.kind === 'done');
    const failed = [...answers.values()].find((answer) => isRefused(answer, 'contended'));
    if (failed?.kind === 'refused') return failed;
    return from.length > 0 ? { kind: 'done', from } : noSuchSentinel();
  }

  /**
   * Written down for a sentinel to carry out: {@link Operator.awaitOutcome} tells what became of it.
   * @param request - its `id` is the door's (a UUID, or the client's own for a request it may send twice)
   */
  async failover(name: string, request: FailoverRequest, by: SentinelId): Promise<CommandAnswer> {
    const answer = await change(this.#deps, name, (state) => failover(state, request, by, this.#now()));
    return answer.kind === 'done' ? { ...answer, command: request.id } : answer;
  }

  pause(name: string, by: SentinelId): Promise<Answer> {
    return change(this.#deps, name, (state) => pause(state, by, this.#now()));
  }

  /** @param id - the door's; the answer names the command that is pending, which may be an earlier one */
  async resume(name: string, id: string, by: SentinelId): Promise<CommandAnswer> {
    const answer = await change(this.#deps, name, (state) => resume(state, id, by, this.#now()));
    if (answer.kind === 'refused') return answer;
    const pending = answer.state.command;
    return { ...answer, ...(pending?.kind === 'resume' && { command: pending.id }) };
  }

  /** @param name - absent: every master, as SENTINEL SIMULATE-FAILURE means it */
  async simulateFailure(failure: SimulatedFailure, name?: string): Promise<readonly Answer[]> {
    const names = name === undefined ? await this.#deps.store.names() : [name];
    const answers = await changeEach(this.#deps, names, (state) => simulateFailure(state, failure));
    return [...answers.values()];
  }

  async checkQuorum(name: string): Promise<QuorumCheck | Refusal> {
    const { store, pulseMs = 1000 } = this.#deps;
    if (!isMasterName(name)) return noSuchMaster();
    const [found, records] = await Promise.all([store.readState(name), store.readSentinels()]);
    const state = live(found);
    return state ? checkQuorum(state, records, this.#now(), heartbeatMs(pulseMs)) : noSuchMaster();
  }

  /** Asks the table until the command was begun or refused. */
  awaitOutcome(name: string, command: string, waiting: Waiting): Promise<Awaited> {
    return awaitOutcome(this.#deps, name, command, waiting);
  }

  #now() {
    return this.#deps.clock.now();
  }
}

function isRefused(answer: Answer | undefined, why: RefusedWhy): boolean {
  return answer?.kind === 'refused' && answer.why === why;
}

/** Input that was refused, thrown for who has nobody to answer. Nothing was written. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** @throws Refused */
export function checked<T>(result: Checked<T>): T {
  if (!result.ok) throw new Refused(refuseFaults(result.faults));
  return result.value;
}

/** {@link Operator.monitor} for a start-up that cannot go on without it. @throws Refused */
export async function monitorMaster(
  deps: OperatorDeps,
  request: MonitorRequest,
  by: SentinelId,
): Promise<MasterState> {
  const answer = await new Operator(deps).monitor(request, by);
  if (answer.kind === 'refused') throw new Refused(answer);
  return answer.state;
}
