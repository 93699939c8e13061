/** The paths of the read endpoint. */
import { EVENTS_MAX, EVENTS_PRESET } from '../events.ts';
import {
  inPath,
  json,
  NAME,
  type Operation,
  type Parameter,
  type PathItem,
  problems,
  type Told,
} from './operation.ts';
import { count, type Schema, text } from './schema.ts';

const IF_NONE_MATCH: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  description: 'The ETag of an earlier answer: 304 while it still holds',
  schema: text(),
};

const STALE: NonNullable<Told['headers']> = {
  ETag: { description: 'Tells this answer from every other', schema: text() },
  Age: { description: 'Seconds, of an answer from memory: the table is unavailable', schema: count() },
};

function cached(description: string, schema: string, plain?: string): Readonly<Record<string, Told>> {
  const asText: Schema = text(plain);
  const content = { ...json(schema), ...(plain !== undefined && { 'text/plain': { schema: asText } }) };
  return {
    200: { description, headers: STALE, content },
    304: { description: 'The caller has it', headers: STALE },
    ...problems(400, 404, 406),
  };
}

function get(
  operationId: string,
  summary: string,
  responses: Operation['responses'],
  parameters: readonly Parameter[] = [],
  description?: string,
): PathItem {
  return {
    get: {
      operationId,
      summary,
      ...(description !== undefined && { description }),
      ...(parameters.length > 0 && { parameters }),
      responses,
    },
  };
}

function inQuery(name: string, description: string, schema: Schema): Parameter {
  return { name, in: 'query', description, schema };
}

const WAIT = inQuery(
  'wait',
  'Where the deployment allows it: waits, up to so many seconds, until the answer is another one than If-None-Match names, or else than there was',
  { type: 'string', pattern: '^\\d{1,4}s?$' },
);
const AFTER = inQuery('after', 'Events after this number; without it the last ones', count());
const LIMIT = inQuery('limit', 'How many numbers are gone through at most', {
  type: 'integer',
  minimum: 1,
  maximum: EVENTS_MAX,
  default: EVENTS_PRESET,
});
const NODE = inPath('node', '`host:port`, with an IPv6 host in brackets');
const MASTER = inQuery('master', 'Reads this master only; without it all of them', NAME.schema);

const ROLE: Readonly<Record<string, Told>> = {
  200: { description: 'It is', content: json('NodeRole') },
  ...problems(400),
};

const detail = [NAME, IF_NONE_MATCH];

export const READ_PATHS: Readonly<Record<string, PathItem>> = {
  '/': {
    get: {
      operationId: 'statusPage',
      summary: 'The status page',
      description: 'Asks the other paths from the browser; it holds nothing itself, and asks for no token.',
      responses: {
        200: { description: 'A page in itself', content: { 'text/html': { schema: text() } } },
        304: { description: 'The caller has it' },
      },
      security: [],
    },
  },
  '/openapi.json': get('describe', 'This description', {
    200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: { type: 'object' } } } },
    304: { description: 'The caller has it' },
    ...problems(),
  }),
  '/masters': get(
    'listMasters',
    'All masters',
    cached('By their names', 'Listing', 'A line `name host:port` for each'),
    [IF_NONE_MATCH],
  ),
  '/masters/{name}': get(
    'readMaster',
    'Where the master is',
    cached('The master', 'Master', '`host:port` of the master'),
    [NAME, IF_NONE_MATCH, WAIT],
  ),
  '/masters/{name}/replicas': get(
    'readReplicas',
    'Its replicas',
    cached('What is known of each', 'Replicas', 'A line `host:port` for each that clients may be sent to'),
    detail,
  ),
  '/masters/{name}/sentinels': get(
    'readSentinels',
    'Who watches it, and what each of them sees',
    cached('The sentinels', 'Sentinels'),
    detail,
  ),
  '/masters/{name}/events': get(
    'readEvents',
    'Its events, oldest first',
    cached('A page of them', 'Events'),
    [...detail, AFTER, LIMIT],
    'Numbers have no gaps. Older events than the state keeps are told as far back as the history goes.',
  ),
  '/masters/{name}/failovers': get(
    'readFailovers',
    'Its open failover, and the last ones',
    cached('With their time lines', 'Failovers'),
    detail,
  ),
  '/health': get('readHealth', 'Whether the service works', {
    200: { description: 'The table answers', content: json('ServiceHealth') },
    ...problems(),
  }),
  '/health/{name}': get(
    'readMasterHealth',
    'Whether the master is well and looked after',
    {
      200: { description: 'It is', content: json('MasterHealth') },
      ...problems(400, 404),
    },
    [NAME],
    '503 with the reasons when it is down, a failover is open, two nodes say master, or too few sentinels live.',
  ),
  '/nodes/{node}/primary': get(
    'isPrimary',
    'Whether the node is the primary of a master: 200 or 503',
    ROLE,
    [NODE, MASTER],
    'For load balancers. Until the switch the master stays where it was.',
  ),
  '/nodes/{node}/replica': get(
    'isReplica',
    'Whether the node is a replica that clients may read from: 200 or 503',
    ROLE,
    [NODE, MASTER],
    'For load balancers. 503 too when the quorum holds it for down.',
  ),
};
