/** One thing that may be asked at a path, and its answers. */
import { ref, type Schema } from './schema.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

export interface Media {
  readonly schema: Schema;
}

export interface Told {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>;
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Told>>;
  /** @default - the document's own */
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

export type PathItem = Readonly<Record<string, Operation>>;

export function json(schema: string): Readonly<Record<string, Media>> {
  return { 'application/json': { schema: ref(schema) } };
}

export function inPath(name: string, description: string, pattern?: string): Parameter {
  const schema: Schema = { type: 'string', ...(pattern !== undefined && { pattern }) };
  return { name, in: 'path', required: true, description, schema };
}

export const NAME = inPath('name', 'The name of a master', '^[A-Za-z0-9._-]{1,128}$');

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'A name or a parameter is not valid',
  404: 'No such master, or nothing at this path',
  406: 'The Accept header excludes every form there is',
  409: 'Refused, with the reason',
  413: 'The body is larger than 64 KiB',
  415: 'The body is of another type',
  422: 'Not what is allowed: every fault is told, and nothing was changed',
};

/** The problems beside those that may happen anywhere, by their status. */
export function problems(...statuses: readonly number[]): Readonly<Record<string, Told>> {
  const told = (description: string) => ({
    description,
    content: { 'application/problem+json': { schema: ref('Problem') } },
  });
  return {
    ...Object.fromEntries(statuses.map((status) => [String(status), told(PROBLEMS[status] ?? '')])),
    401: told('No bearer token that is accepted, where one is asked for'),
    500: told('An item cannot be understood, or a fault of the program'),
    503: told('The table did not answer in time'),
  };
}
