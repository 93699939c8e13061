/** `GET /openapi.json`: written once, at the start of the process. */
import type { Context } from 'hono';
import { renderJson, respond } from '../representation.ts';
import type { Description } from './document.ts';

export function describeItself(description: Description): (c: Context) => Response {
  const rendered = renderJson(description);
  return (c) => respond(c, { kind: 'current', value: description }, rendered);
}
