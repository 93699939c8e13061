/**
 * What the code of a deployment declares, made so in the table. Everything is tried before anything is written; what
 * fails after that is told of each master, and the others are brought to where the code wants them.
 */
import type { Declaration, DeclaredMaster } from '../core/operations/declaration.ts';
import { declare, undeclare } from '../core/operations/declare.ts';
import type { Outcome, Refusal } from '../core/operations/outcome.ts';
import type { Secrets, Telemetry } from '../ports.ts';
import { type Answer, change, list } from './changes.ts';
import { Failures } from './failures.ts';
import {
  changeWithDirectives,
  type Operation,
  tryWithDirectives,
  withKeptReference,
} from './kept-passwords.ts';
import { Operator, type OperatorDeps } from './operate.ts';
import { Patience, passes } from './patience.ts';
import { unreachableForMs } from './unreachable.ts';

export interface ConfigureDeps extends Pick<OperatorDeps, 'store' | 'clock' | 'allows'> {
  /** Keeps a password that stands in the code, and knows it again. @default such a password is refused */
  readonly secrets?: Secrets;
  readonly telemetry: Telemetry;
  /** For how long a promotion, other writers or a silent table are waited for, in ms. @default 120_000 */
  readonly patienceMs?: number;
}

export interface Deployment {
  /** Tells this deployment from every other that declares masters in the same table. */
  readonly owner: string;
  readonly before: Declaration;
  readonly after: Declaration;
}

/** By whom, as the events of a state say. */
const BY = 'configure';
/** A pulse that was on its way when its zone was taken out may have entered it again. */
const SETTLE_MS = 2000;

/** @throws Error that names each master that could not be brought to where the code wants it, and why */
export async function configure(deps: ConfigureDeps, deployment: Deployment): Promise<void> {
  const { patienceMs = 120_000 } = deps;
  const { before, after } = deployment;
  const run: Run = {
    ...{ deps, deployment },
    patience: new Patience(deps.clock, patienceMs),
    failures: new Failures(patienceMs),
  };
  const { failures } = run;
  for (const master of after.masters) await failures.of(master.name, () => rehearse(run, master));
  failures.raise('the code was refused and nothing was changed');

  for (const master of after.masters) {
    const done = await failures.of(master.name, () => upsert(run, master));
    if (done?.changed) deps.telemetry.log('info', `${master.name} was brought to what the code declares`);
  }
  const kept = new Set(after.masters.map(({ name }) => name));
  for (const { name } of before.masters) {
    if (!kept.has(name)) await failures.of(name, () => takeAway(run, name));
  }
  const dropped = before.zones.filter((zone) => !after.zones.includes(zone));
  await dropVoters(run, dropped);
  failures.raise('not all of it could be done');
}

interface Run {
  readonly deps: ConfigureDeps;
  readonly deployment: Deployment;
  readonly patience: Patience;
  readonly failures: Failures;
}

/** What the table says may refuse it too. A promotion under way is nothing that the code is to blame for. */
function rehearse(run: Run, master: DeclaredMaster): Promise<Outcome | { readonly kind: 'passing' }> {
  const { deps, patience } = run;
  return patience.with(async () => {
    const trial = await tryWithDirectives(deps, master.name, master.directives, declaring(run, master));
    return passes(trial) ? { kind: 'passing' } : trial;
  });
}

async function upsert(run: Run, master: DeclaredMaster): Promise<Answer> {
  const { deps, patience } = run;
  const answer = await patience.with(async () => {
    const given = await withKeptReference(deps, master.name, master.directives);
    return changeWithDirectives(deps, master.name, given, declaring(run, master));
  });
  if (answer.kind === 'done') await patience.with(() => listed(deps, master.name, true));
  return answer;
}

function declaring({ deps, deployment }: Run, after: DeclaredMaster): Operation {
  const { owner } = deployment;
  const { allows = () => true } = deps;
  const before = deployment.before.masters.find(({ name }) => name === after.name);
  return async (state, directives) => {
    const forMs = await unreachableForMs(deps, state);
    const declared = { owner, before, after, directives, unreachableMs: forMs };
    return declare(state, declared, { allows }, BY, deps.clock.now());
  };
}

type TakenAway = Answer | { readonly kind: 'gone before' };

/** Who stopped between state and directory is completed by the next to try, as with every REMOVE. */
async function takeAway({ deps, deployment, patience }: Run, name: string): Promise<TakenAway> {
  const { owner } = deployment;
  const answer = await patience.with(() =>
    change(deps, name, async (state) => {
      const forMs = await unreachableForMs(deps, state);
      return undeclare(state, { owner, unreachableMs: forMs }, BY, deps.clock.now());
    }),
  );
  const gone = answer.kind === 'refused' && answer.why === 'no-such-master';
  if (gone || (answer.kind === 'done' && answer.changed)) {
    await patience.with(() => listed(deps, name, false));
    deps.telemetry.log('info', `${name} is not declared any more, and is not monitored`);
  } else if (answer.kind === 'done') {
    deps.telemetry.log(
      'warn',
      `${name} is not declared any more; it was entered by somebody else, and stays`,
    );
  }
  return gone ? { kind: 'gone before' } : answer;
}

/** A zone whose function lives enters itself again: then the deployment that ends it is not through yet. */
async function dropVoters(run: Run, zones: readonly string[]): Promise<void> {
  const voted = await dropEach(run, zones);
  if (voted.length === 0) return;
  await run.deps.clock.sleep(SETTLE_MS);
  for (const zone of await dropEach(run, voted)) {
    run.deps.telemetry.log('warn', `zone ${zone} had entered itself again: its function still ran`);
  }
}

/** @returns those that had a vote */
async function dropEach({ deps, patience, failures }: Run, zones: readonly string[]): Promise<string[]> {
  const operator = new Operator(deps);
  const voted: string[] = [];
  for (const zone of zones) {
    const answer = await failures.of(`zone ${zone}`, async () => {
      const dropped = await patience.with(() => operator.removeSentinel(zone, BY));
      return isNoVoter(dropped) ? { kind: 'no voter' } : dropped;
    });
    if (answer?.kind === 'done') voted.push(zone);
  }
  return voted;
}

function isNoVoter(answer: { readonly kind: string } | Refusal): boolean {
  return 'why' in answer && answer.why === 'no-such-sentinel';
}

async function listed({ store }: ConfigureDeps, name: string, stands: boolean): Promise<{ kind: 'listed' }> {
  await list(store, name, stands);
  return { kind: 'listed' };
}
