/** `GET /nodes/{host:port}/primary` and `/replica`: 200 or 503, for load balancers such as HAProxy. */
import type { Context, Hono } from 'hono';
import type { Address } from '../core/model.ts';
import { readNode } from '../core/operations/address.ts';
import { type Answer, LastAnswers } from './last-answers.ts';
import type { Listed } from './listing.ts';
import type { Whereabouts } from './master-routes.ts';
import { type Judged, judgePrimary, judgeReplica, noReplica, replicaOf } from './node-role.ts';
import { printable } from './printable.ts';
import { problem } from './problem.ts';
import { type Reading, readName } from './reading.ts';
import { markAge } from './representation.ts';
import { readSeen, type Seen } from './seen.ts';

type Listing = Answer<readonly Listed[]>;

export function nodeRoutes(app: Hono, reading: Reading, where: Whereabouts): void {
  const { store, clock, telemetry, heartbeatMs } = reading;
  const views = new LastAnswers<Seen>(clock, telemetry);

  app.get('/nodes/:node/primary', async (c) => {
    const asked = await readAsked(c, where);
    if (!asked.ok) return asked.answer;
    const { node, listing } = asked;
    return answer(c, 'not-primary', judgePrimary(node, listing.value), listing);
  });

  app.get('/nodes/:node/replica', async (c) => {
    const asked = await readAsked(c, where);
    if (!asked.ok) return asked.answer;
    const { node, listing } = asked;
    const name = replicaOf(node, listing.value)?.name;
    const seen =
      name === undefined
        ? undefined
        : await views.answer(name, () => readSeen(store, clock, heartbeatMs, name));
    if (!seen) return answer(c, 'not-replica', noReplica(node, listing.value), listing);
    return answer(c, 'not-replica', judgeReplica(node, seen.value, listing.value), seen);
  });
}

type Asked =
  | { readonly ok: true; readonly node: Address; readonly listing: Listing }
  | { readonly ok: false; readonly answer: Response };

/** All masters are read to find a node; of one that `?master=` names no other is. */
async function readAsked(c: Context, where: Whereabouts): Promise<Asked> {
  const given = c.req.param('node') ?? '';
  const node = readNode(given);
  if (!node) {
    const detail = `"${printable(given)}" is no node: host:port, with an IPv6 host in brackets.`;
    return { ok: false, answer: problem(c, 'invalid-parameter', detail) };
  }
  const master = c.req.query('master');
  if (master === undefined) return { ok: true, node, listing: await where.listing() };
  const named = readName(c, master);
  if (!named.ok) return named;
  const found = await where.master(named.name);
  const value: Listed[] = found ? [{ kind: 'master', state: found.value }] : [];
  const listing: Listing = found ? { ...found, value } : { kind: 'current', value };
  return { ok: true, node, listing };
}

function answer(
  c: Context,
  otherwise: 'not-primary' | 'not-replica',
  judged: Judged,
  from: Answer<unknown>,
): Response {
  markAge(c, from);
  if (!judged.ok) return problem(c, otherwise, judged.reason);
  return c.json(judged.told, 200, { 'Cache-Control': 'no-store' });
}
