/** What the descriptions of both endpoints have in common (OpenAPI 3.1). A test holds them to what is really answered. */
import { PROBLEM_URNS } from '../problem.ts';
import { MASTER_SCHEMAS } from './master-schemas.ts';
import type { PathItem } from './operation.ts';
import { object, type Schema, text } from './schema.ts';

export interface Description {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'With `HttpAccess.bearerTokens`' },
  sigv4: {
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    description: "AWS' Signature Version 4, with `HttpAccess.iamFunctionUrl` and `HttpAccess.httpApi`",
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
};

/** @param members - those that some problems have beyond RFC 9457's own */
export function describe(
  title: string,
  description: string,
  paths: Description['paths'],
  own: Readonly<Record<string, Schema>>,
  members: Readonly<Record<string, Schema>>,
): Description {
  const schemas = { ...MASTER_SCHEMAS, ...own, Problem: problem(members) };
  return {
    openapi: '3.1.0',
    info: { title, version: '1.0.0', description },
    servers: [{ url: '/' }],
    // one of them, or none: the front door may know by other means who is there
    security: [{ bearer: [] }, { sigv4: [] }, {}],
    paths,
    components: { schemas, securitySchemes: SECURITY_SCHEMES },
  };
}

function problem(members: Readonly<Record<string, Schema>>): Schema {
  return object(
    {
      type: { type: 'string', enum: PROBLEM_URNS },
      title: text(),
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: text(),
      instance: text('The path that was asked'),
      ...members,
    },
    Object.keys(members),
    'RFC 9457',
  );
}
