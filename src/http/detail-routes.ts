/** What lies behind a master's address: its replicas, sentinels, events, failovers and health. */
import type { Context, Hono } from 'hono';
import { EVENTS_MAX, EVENTS_PRESET, type EventsPage, type EventsQuery, readEvents } from './events.ts';
import { type FailoversDescription, readFailovers } from './failovers.ts';
import { LastAnswers } from './last-answers.ts';
import { judgeHealth } from './master-health.ts';
import type { Whereabouts } from './master-routes.ts';
import { printable } from './printable.ts';
import { problem } from './problem.ts';
import { type Reading, readName, tell, tellJson, unknownMaster } from './reading.ts';
import { renderReplicas } from './replicas.ts';
import { readSeen, type Seen } from './seen.ts';
import { describeSentinels } from './sentinels.ts';

/** Of a page of events there are as many as callers ask for. */
const PAGES_KEPT = 100;

export function detailRoutes(app: Hono, reading: Reading, where: Whereabouts): void {
  const { store, clock, telemetry, heartbeatMs, history } = reading;
  const views = new LastAnswers<Seen>(clock, telemetry);
  const pages = new LastAnswers<EventsPage>(clock, telemetry, PAGES_KEPT);
  const failovers = new LastAnswers<FailoversDescription>(clock, telemetry);
  const read = (name: string) => readSeen(store, clock, heartbeatMs, name);
  const seen = (name: string) => views.answer(name, () => read(name));

  app.get('/masters/:name/replicas', (c) => tell(c, ['json', 'text'], seen, renderReplicas));
  app.get('/masters/:name/sentinels', (c) => tellJson(c, seen, describeSentinels));

  app.get('/masters/:name/events', async (c) => {
    const query = readQuery(c);
    if (!query.ok) return problem(c, 'invalid-parameter', query.detail);
    const { after, limit } = query.asked;
    return tellJson(c, (name) =>
      pages.answer(`${name} ${after} ${limit}`, async () => {
        const state = await where.current(name);
        return state && readEvents(state, query.asked, history);
      }),
    );
  });

  app.get('/masters/:name/failovers', (c) =>
    tellJson(c, (name) =>
      failovers.answer(name, async () => {
        const state = await where.current(name);
        return state && readFailovers(state, history);
      }),
    ),
  );

  /** Never from memory: what is asked is whether all is well now. */
  app.get('/health/:name', async (c) => {
    const named = readName(c);
    if (!named.ok) return named.answer;
    const found = await read(named.name);
    if (!found) return unknownMaster(c, named.name);
    const { reasons, ...health } = judgeHealth(found);
    if (reasons.length === 0)
      return c.json({ healthy: true, ...health }, 200, { 'Cache-Control': 'no-store' });
    return problem(c, 'unhealthy', `${reasons.join('. ')}.`, {}, { healthy: false, reasons, ...health });
  });
}

type Query =
  | { readonly ok: true; readonly asked: EventsQuery }
  | { readonly ok: false; readonly detail: string };

function readQuery(c: Context): Query {
  const { after = '', limit = String(EVENTS_PRESET) } = c.req.query();
  if (after !== '' && !/^\d{1,12}$/.test(after)) {
    return { ok: false, detail: `after "${printable(after)}": allowed is the number of an event, from 0.` };
  }
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > EVENTS_MAX) {
    return { ok: false, detail: `limit "${printable(limit)}": allowed is 1 to ${EVENTS_MAX}.` };
  }
  return { ok: true, asked: { limit: Number(limit), ...(after !== '' && { after: Number(after) }) } };
}
