/** The read endpoint: what the table says, over HTTP. It changes nothing and needs no more than read access. */
import { Hono } from 'hono';
import type { MasterState } from '../core/model.ts';
import { isMasterName } from '../core/operations/address.ts';
import { live } from '../core/operations/outcome.ts';
import type { Clock, StateStore, Telemetry } from '../ports.ts';
import { failed } from './failed.ts';
import { readHealth } from './health.ts';
import { LastAnswers } from './last-answers.ts';
import { type Listed, readListing, renderListing } from './listing.ts';
import { renderMaster } from './master.ts';
import { printable } from './printable.ts';
import { problem } from './problem.ts';
import { negotiate, respond } from './representation.ts';
import { type AcceptedTokens, requireToken } from './tokens.ts';

export interface ReadAppOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  /** Hears of every answer given from memory and of every failure. */
  readonly telemetry: Telemetry;
  /** @default - nobody is asked for one: the front door knows who is there */
  readonly tokens?: AcceptedTokens;
}

/**
 * `GET /masters`, `GET /masters/{name}`, `GET /health`. While the table cannot be reached, readers get the last
 * answer this process gave, marked with its age (I8). Errors are RFC 9457 problem documents.
 */
export function createReadApp(options: ReadAppOptions): Hono {
  const { store, clock, telemetry, tokens } = options;
  const masters = new LastAnswers<MasterState>(clock, telemetry);
  const listings = new LastAnswers<readonly Listed[]>(clock, telemetry);
  const app = new Hono();

  app.use(async (c, next) => {
    c.header('X-Content-Type-Options', 'nosniff');
    await next();
  });

  if (tokens) app.use(requireToken(tokens));

  app.use('/masters/*', async (c, next) => {
    c.header('Vary', 'Accept');
    await next();
  });

  app.get('/masters', async (c) => {
    const representation = negotiate(c);
    if (representation === undefined) return problem(c, 'not-acceptable');
    const answer = await listings.answer('', () => readListing(store));
    if (answer === undefined) throw new Error('a listing is never absent');
    return respond(c, answer, renderListing(answer.value, representation));
  });

  app.get('/masters/:name', async (c) => {
    const name = c.req.param('name');
    if (!isMasterName(name))
      return problem(c, 'invalid-name', `"${printable(name)}" is not a master's name.`);
    const representation = negotiate(c);
    if (representation === undefined) return problem(c, 'not-acceptable');
    const answer = await masters.answer(name, async () => live(await store.readState(name)));
    if (answer === undefined) return problem(c, 'unknown-master', `No master named "${name}" is monitored.`);
    return respond(c, answer, renderMaster(answer.value, representation));
  });

  app.get('/health', async (c) => {
    const health = await readHealth(store, clock);
    return c.json(health, 200, { 'Cache-Control': 'no-store' });
  });

  for (const path of ['/masters', '/masters/:name', '/health']) {
    app.all(path, (c) => problem(c, 'method-not-allowed', undefined, { Allow: 'GET, HEAD' }));
  }
  app.notFound((c) => problem(c, 'not-found'));
  app.onError((error, c) => failed(c, error, telemetry));
  return app;
}
