/** The operate endpoint: what operators ask for, over HTTP. It reaches no node: sentinels carry out what needs one. */
import type { Context, Hono } from 'hono';
import { HonoBase } from 'hono/hono-base';
import { fault } from '../core/directives.ts';
import { isMasterName } from '../core/operations/address.ts';
import { presetOf } from '../core/operations/declaration.ts';
import { inProgress, noSuchMaster, refuse, refuseFaults } from '../core/operations/outcome.ts';
import type { Telemetry } from '../ports.ts';
import { type Fields, isFields, PATCH_TYPES, readBody } from './body.ts';
import { answerCommand, answerStatus, commandId, readWait } from './command.ts';
import { failed } from './failed.ts';
import { describeDirectives, describeMaster } from './master.ts';
import { OPERATE_DESCRIPTION } from './openapi/operate.ts';
import { describeItself } from './openapi/route.ts';
import type { Answer, Operations } from './operations.ts';
import { printable } from './printable.ts';
import { problem } from './problem.ts';
import { refusalProblem } from './refusals.ts';
import { KnownMethodsRouter } from './router.ts';
import { type AcceptedTokens, requireToken } from './tokens.ts';

export interface OperateAppOptions {
  readonly operations: Operations;
  /** Hears of every request that was let in, and of every failure. No line holds a body. */
  readonly telemetry: Telemetry;
  /** @default - nobody is asked for one: the front door knows who is there */
  readonly tokens?: AcceptedTokens;
}

/** By whom, as the events of a state say. */
const BY = 'operate';
const SILENT =
  'The table did not answer in time, so it is not known whether this was done. It may be asked for again.';

/** Each path with what may be done there. */
export const OPERATE_PATHS: Readonly<Record<string, string>> = {
  '/openapi.json': 'GET, HEAD',
  '/masters/:name': 'PUT, PATCH, DELETE',
  '/masters/:name/failover': 'POST',
  '/masters/:name/pause': 'POST',
  '/masters/:name/resume': 'POST',
  '/masters/:name/reset': 'POST',
  '/masters/:name/commands/:command': 'GET, HEAD',
  '/sentinels/:id': 'DELETE',
};

/** Errors are RFC 9457 problem documents with the refusal's own words, and nothing that is refused has changed anything. */
export function createOperateApp({ operations, telemetry, tokens }: OperateAppOptions): Hono {
  const app: Hono = new HonoBase({ router: new KnownMethodsRouter() });

  app.use(async (c, next) => {
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Cache-Control', 'no-store');
    await next();
    telemetry.log('info', `${c.req.method} ${printable(c.req.path)} ${c.res.status}`);
  });
  if (tokens) app.use(requireToken(tokens));

  for (const [path, allow] of Object.entries(OPERATE_PATHS)) {
    app.use(path, async (c, next) => {
      if (!allow.split(', ').includes(c.req.method)) {
        return problem(c, 'method-not-allowed', `Allowed here: ${allow}.`, { Allow: allow });
      }
      const wrong = Object.values<string>(c.req.param()).find((name) => !isMasterName(name));
      return wrong === undefined ? next() : problem(c, 'invalid-name', `"${printable(wrong)}" is no name.`);
    });
  }

  app.get('/openapi.json', describeItself(OPERATE_DESCRIPTION));

  app.put('/masters/:name', async (c) => {
    const body = await readBody(c, ['host', 'port', 'replicas', 'directives']);
    if (!body.ok) return body.answer;
    const { host, port, replicas, directives = {} } = body.fields;
    if (!isFields(directives)) return refusalProblem(c, noDirectives());
    const { name } = c.req.param();
    const answer = await operations.monitor({ name, host, port, replicas, directives }, BY);
    return tell(c, answer, answer.kind === 'done' && answer.created ? 201 : 200);
  });

  app.patch('/masters/:name', async (c) => {
    const body = await readBody(c, ['directives'], PATCH_TYPES);
    if (!body.ok) return body.answer;
    const { directives } = body.fields;
    if (!isFields(directives)) return refusalProblem(c, noDirectives());
    return tell(c, await operations.set(c.req.param('name'), asSet(directives), BY));
  });

  app.delete('/masters/:name', async (c) => {
    const answer = await operations.remove(c.req.param('name'), BY);
    return answer.kind === 'refused' ? refusalProblem(c, answer) : c.body(null, 204);
  });

  app.post('/masters/:name/failover', async (c) => {
    const body = await readBody(c, ['coordinated', 'to']);
    if (!body.ok) return body.answer;
    const [wait, id] = [readWait(c), commandId(c)];
    if (!wait.ok) return wait.answer;
    if (!id.ok) return id.answer;
    const { coordinated, to } = body.fields;
    const request = { id: id.value, coordinated, to };
    const answer = await operations.failover(c.req.param('name'), request, BY);
    return tellCommand(c, answer, wait.value);
  });

  app.post('/masters/:name/pause', async (c) => {
    const body = await readBody(c, []);
    return body.ok ? tell(c, await operations.pause(c.req.param('name'), BY)) : body.answer;
  });

  app.post('/masters/:name/resume', async (c) => {
    const body = await readBody(c, []);
    if (!body.ok) return body.answer;
    const [wait, id] = [readWait(c), commandId(c)];
    if (!wait.ok) return wait.answer;
    if (!id.ok) return id.answer;
    return tellCommand(c, await operations.resume(c.req.param('name'), id.value, BY), wait.value);
  });

  app.post('/masters/:name/reset', async (c) => {
    const body = await readBody(c, []);
    if (!body.ok) return body.answer;
    const name = c.req.param('name');
    const { reset, inProgress: open, contended } = await operations.reset(name, BY); // no name holds a glob's signs
    if (reset.includes(name)) return c.json({ name, reset: true });
    if (open.includes(name)) return refusalProblem(c, inProgress());
    const others = refuse('contended', `${name} was changed by others at each try`);
    return refusalProblem(c, contended.includes(name) ? others : noSuchMaster());
  });

  app.get('/masters/:name/commands/:command', async (c) => {
    const wait = readWait(c);
    if (!wait.ok) return wait.answer;
    const { name, command } = c.req.param();
    const status = await operations.awaitOutcome(name, command, { limitMs: wait.value });
    return answerStatus(c, name, command, status);
  });

  app.delete('/sentinels/:id', async (c) => {
    const id = c.req.param('id');
    const answer = await operations.removeSentinel(id, BY);
    return answer.kind === 'refused' ? refusalProblem(c, answer) : c.json({ id, from: answer.from });
  });

  app.notFound((c) => problem(c, 'not-found'));
  app.onError((error, c) => failed(c, error, telemetry, SILENT));
  return app;

  async function tellCommand(c: Context, answer: Answer, waitMs: number): Promise<Response> {
    if (answer.kind === 'refused') return refusalProblem(c, answer);
    const { command } = answer;
    return command === undefined
      ? tell(c, answer)
      : answerCommand(c, operations, { ...answer, command }, waitMs);
  }
}

/** The master as the read endpoint tells it, and its directives. */
function tell(c: Context, answer: Answer, status: 200 | 201 = 200): Response {
  if (answer.kind === 'refused') return refusalProblem(c, answer);
  const { changed, state } = answer;
  return c.json({ changed, master: describeMaster(state), directives: describeDirectives(state) }, status);
}

/** Null takes a directive back to its preset; the quorum has none. */
function asSet(directives: Fields): Fields {
  const all = Object.entries(directives);
  return Object.fromEntries(
    all.map(([name, value]) => [name, value === null && name !== 'quorum' ? presetOf(name) : value]),
  );
}

function noDirectives() {
  return refuseFaults([fault('directives', '…', 'an object of directives by their sentinel.conf names')]);
}
