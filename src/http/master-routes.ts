/** `GET /masters` and `GET /masters/{name}`: where the masters are. */
import type { Context, Hono } from 'hono';
import type { MasterState } from '../core/model.ts';
import { live } from '../core/operations/outcome.ts';
import { type Answer, LastAnswers } from './last-answers.ts';
import { type Listed, readListing, renderListing } from './listing.ts';
import { renderMaster } from './master.ts';
import { problem } from './problem.ts';
import { type Reading, readForm, tell } from './reading.ts';
import { alreadyHeld, etagOf, type Representation, respond } from './representation.ts';
import { SharedReads } from './shared-reads.ts';
import { ASK_EVERY_IN_FAILOVER_MS, ASK_EVERY_MS, readLongWait, WAITING_MAX } from './wait.ts';

/** Shared by all that asks where the masters are, so that each has the last answer of the others. */
export interface Whereabouts {
  listing(): Promise<Answer<readonly Listed[]>>;
  master(name: string): Promise<Answer<MasterState> | undefined>;
  /** Never from memory. @throws Unavailable, Unreadable */
  current(name: string): Promise<MasterState | undefined>;
}

export function whereabouts({ store, clock, telemetry }: Reading): Whereabouts {
  const masters = new LastAnswers<MasterState>(clock, telemetry);
  const listings = new LastAnswers<readonly Listed[]>(clock, telemetry);
  const shared = new SharedReads(async (name) => live(await store.readState(name)), clock);
  const current = (name: string) => shared.read(name);
  return {
    current,
    async listing() {
      const answer = await listings.answer('', () => readListing(store));
      if (answer === undefined) throw new Error('a listing is never absent');
      return answer;
    },
    master: (name) => masters.answer(name, () => current(name)),
  };
}

export function masterRoutes(app: Hono, { clock, waiting }: Reading, where: Whereabouts): void {
  let waitingNow = 0;

  app.get('/masters', async (c) => {
    const chosen = readForm(c, ['json', 'text']);
    if (!chosen.ok) return chosen.answer;
    const answer = await where.listing();
    return respond(c, answer, renderListing(answer.value, chosen.form));
  });

  app.get('/masters/:name', async (c) => {
    const wait = readLongWait(c, waiting);
    if (!wait.ok) return problem(c, 'invalid-parameter', wait.detail);
    const { waitMs } = wait;
    if (waitMs === 0) return tell(c, ['json', 'text'], where.master, renderMaster);
    if (waitingNow >= WAITING_MAX) {
      return problem(c, 'too-many-waiting', undefined, { 'Retry-After': '2' });
    }
    waitingNow += 1;
    try {
      return await tell(c, ['json', 'text'], (name) => whenChanged(c, name, waitMs), renderMaster);
    } finally {
      waitingNow -= 1;
    }
  });

  /** Another one than the caller has, or, of a caller that has none, than there was when it asked. */
  async function whenChanged(
    c: Context,
    name: string,
    waitMs: number,
  ): Promise<Answer<MasterState> | undefined> {
    const until = clock.now().mono + waitMs;
    const form = readForm(c, ['json', 'text']);
    let answer = await where.master(name);
    if (!answer || !form.ok) return answer;
    const had = c.req.header('If-None-Match') ?? tagOf(answer.value, form.form);
    for (;;) {
      const leftMs = until - clock.now().mono;
      if (!answer || !alreadyHeld(had, tagOf(answer.value, form.form))) return answer;
      if (leftMs <= 0 || c.req.raw.signal.aborted) return answer;
      const everyMs = answer.value.failover
        ? ASK_EVERY_IN_FAILOVER_MS
        : (waiting?.askEveryMs ?? ASK_EVERY_MS);
      await clock.sleep(Math.min(everyMs, leftMs), c.req.raw.signal);
      answer = await where.master(name);
    }
  }
}

function tagOf(state: MasterState, form: Representation): string {
  return etagOf(renderMaster(state, form));
}
