/** The read endpoint: what the table says, over HTTP. It changes nothing and needs no more than read access. */
import type { Hono } from 'hono';
import { HonoBase } from 'hono/hono-base';
import { heartbeatMs } from '../core/quorum-check.ts';
import type { Clock, EventHistory, StateStore, Telemetry } from '../ports.ts';
import { detailRoutes } from './detail-routes.ts';
import { failed } from './failed.ts';
import { readHealth } from './health.ts';
import { masterRoutes, whereabouts } from './master-routes.ts';
import { nodeRoutes } from './node-routes.ts';
import { READ_DESCRIPTION } from './openapi/read.ts';
import { describeItself } from './openapi/route.ts';
import { statusPage } from './page/page.ts';
import { problem } from './problem.ts';
import type { Reading } from './reading.ts';
import { KnownMethodsRouter } from './router.ts';
import { type AcceptedTokens, requireToken } from './tokens.ts';
import type { Waiting } from './wait.ts';

export interface ReadAppOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  /** Hears of every answer given from memory and of every failure. */
  readonly telemetry: Telemetry;
  /** @default - nobody is asked for one: the front door knows who is there */
  readonly tokens?: AcceptedTokens;
  /**
   * How often a zone looks, in milliseconds: a sentinel that was not seen for three heartbeats (30 s each, or a pulse if
   * that is longer) counts as unusable.
   * @default 60000 - the longest there is
   */
  readonly pulseMs?: number;
  /** @default - none: events and failovers are told as far back as the state keeps them */
  readonly history?: EventHistory;
  /**
   * Lets `GET /masters/{name}?wait=25s` wait for a change.
   *
   * WARNING: on Lambda each caller that waits holds an environment of its own, all month: $17.5 at 512 MB ($4.4 at 128 MB),
   * and $0.65 for the table, which is asked every 500 ms. A poll every 2 s costs a fraction of it.
   * @default - nobody may wait
   */
  readonly waiting?: Waiting;
}

const PULSE_MS_MAX = 60_000;

/** Every path there is. Each answers GET and HEAD, and 405 to all else. */
export const READ_PATHS = [
  '/',
  '/openapi.json',
  '/masters',
  '/masters/:name',
  '/masters/:name/replicas',
  '/masters/:name/sentinels',
  '/masters/:name/events',
  '/masters/:name/failovers',
  '/health',
  '/health/:name',
  '/nodes/:node/primary',
  '/nodes/:node/replica',
] as const;

/**
 * While the table cannot be reached, readers get the last answer this process gave, marked with its age (I8); health
 * never is. Errors are RFC 9457 problem documents. Parameters that are not known are passed over.
 */
export function createReadApp(options: ReadAppOptions): Hono {
  const { store, clock, telemetry, tokens, history, waiting, pulseMs = PULSE_MS_MAX } = options;
  const reading: Reading = { store, clock, telemetry, history, waiting, heartbeatMs: heartbeatMs(pulseMs) };
  // one router is enough for a dozen paths: the usual three only make a cold start longer
  const app: Hono = new HonoBase({ router: new KnownMethodsRouter() });

  app.use(async (c, next) => {
    c.header('X-Content-Type-Options', 'nosniff');
    await next();
  });

  // The page is the same for everybody and knows nothing: a browser cannot send a token before it has it.
  app.get('/', statusPage);
  if (tokens) app.use(requireToken(tokens));
  app.get('/openapi.json', describeItself(READ_DESCRIPTION));

  app.use('/masters/*', async (c, next) => {
    c.header('Vary', 'Accept');
    await next();
  });

  const where = whereabouts(reading);
  masterRoutes(app, reading, where);
  detailRoutes(app, reading, where);
  nodeRoutes(app, reading, where);

  app.get('/health', async (c) => {
    const health = await readHealth(store, clock, reading.heartbeatMs);
    return c.json(health, 200, { 'Cache-Control': 'no-store' });
  });

  for (const path of READ_PATHS) {
    app.all(path, (c) => problem(c, 'method-not-allowed', undefined, { Allow: 'GET, HEAD' }));
  }
  app.notFound((c) => problem(c, 'not-found'));
  app.onError((error, c) => failed(c, error, telemetry));
  return app;
}
