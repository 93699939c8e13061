/** The paths of the operate endpoint. */
import {
  inPath,
  json,
  type Media,
  NAME,
  type Operation,
  type Parameter,
  type PathItem,
  problems,
  type Told,
} from './operation.ts';
import { ref } from './schema.ts';

const WAIT: Parameter = {
  name: 'wait',
  in: 'query',
  description: 'Waits up to so many seconds for a sentinel to begin, 20 at most',
  schema: { type: 'string', pattern: '^(\\d|1\\d|20)s?$' },
};
const KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same request sent twice is one',
  schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
};
const COMMAND = inPath('command', 'The id of a command', '^[A-Za-z0-9._-]{1,128}$');
const SENTINEL = inPath('id', 'The id of a sentinel', '^[A-Za-z0-9._-]{1,128}$');

const TOLD: Told = { description: 'Done, or so already', content: json('Told') };
const ACCEPTED: Told = {
  description: 'A sentinel has yet to carry it out',
  headers: { Location: { description: 'Where to ask what became of it', schema: { type: 'string' } } },
  content: json('Accepted'),
};
/** Done at once, where nothing is left for a sentinel; else what became of it. */
const TOLD_OR_BEGUN: Told = {
  description: 'Begun by a sentinel, or so already',
  content: { 'application/json': { schema: { anyOf: [ref('Begun'), ref('Told')] } } },
};

function body(
  schema: string,
  required: boolean,
  ...types: readonly string[]
): NonNullable<Operation['requestBody']> {
  const media: Media = { schema: ref(schema) };
  const all = ['application/json', ...types].map((type): [string, Media] => [type, media]);
  return { required, content: Object.fromEntries(all) };
}

const refusals = problems(400, 404, 409, 413, 415, 422);

function post(operationId: string, summary: string, more: Partial<Operation>): PathItem {
  return {
    post: {
      operationId,
      summary,
      parameters: [NAME],
      requestBody: body('Nothing', false),
      responses: { 200: TOLD, ...refusals },
      ...more,
    },
  };
}

export const OPERATE_PATHS: Readonly<Record<string, PathItem>> = {
  '/openapi.json': {
    get: {
      operationId: 'describe',
      summary: 'This description',
      responses: {
        200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: { type: 'object' } } } },
        304: { description: 'The caller has it' },
        ...problems(),
      },
    },
  },
  '/masters/{name}': {
    put: {
      operationId: 'monitor',
      summary: 'Monitors a master',
      parameters: [NAME],
      requestBody: body('Monitor', true),
      responses: { 200: TOLD, 201: { ...TOLD, description: 'It is monitored now' }, ...refusals },
    },
    patch: {
      operationId: 'set',
      summary: 'Sets directives',
      parameters: [NAME],
      requestBody: body('Set', true, 'application/merge-patch+json'),
      responses: { 200: TOLD, ...refusals },
    },
    delete: {
      operationId: 'remove',
      summary: 'Monitors it no longer',
      parameters: [NAME],
      responses: { 204: { description: 'It is forgotten' }, ...problems(400, 404, 409) },
    },
  },
  '/masters/{name}/failover': post('failover', 'Asks for a failover', {
    parameters: [NAME, WAIT, KEY],
    requestBody: body('FailoverRequest', false),
    responses: { 200: TOLD_OR_BEGUN, 202: ACCEPTED, ...refusals },
  }),
  '/masters/{name}/pause': post('pause', 'Neither failovers nor repairs until it is resumed', {}),
  '/masters/{name}/resume': post('resume', 'Ends a pause', {
    parameters: [NAME, WAIT, KEY],
    responses: { 200: TOLD_OR_BEGUN, 202: ACCEPTED, ...refusals },
  }),
  '/masters/{name}/reset': post('reset', 'Learns its replicas anew', {
    responses: { 200: { description: 'Reset', content: json('Reset') }, ...refusals },
  }),
  '/masters/{name}/commands/{command}': {
    get: {
      operationId: 'readCommand',
      summary: 'What became of a command',
      parameters: [NAME, COMMAND, WAIT],
      responses: {
        200: { description: 'Begun by a sentinel', content: json('Begun') },
        202: ACCEPTED,
        ...problems(400, 404, 409),
      },
    },
  },
  '/sentinels/{id}': {
    delete: {
      operationId: 'removeSentinel',
      summary: 'Takes the vote of a sentinel that is gone for good',
      parameters: [SENTINEL],
      responses: {
        200: { description: 'It votes no longer', content: json('SentinelRemoved') },
        ...problems(400, 404, 409),
      },
    },
  },
};
