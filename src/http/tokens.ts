/** Bearer tokens (RFC 6750), for deployments whose front door does not ask who is there. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { problem } from './problem.ts';

/** Tells tokens from each other without holding any: their SHA-256, 32 bytes each. */
export interface AcceptedTokens {
  /** The current one and, while clients change over, the one before it. Asked at each request. */
  digests(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
}

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;
const REALM = 'Bearer realm="lambda-sentinel"';

/** Every path asks for it, so that without a token nothing can be found out, not even what there is. */
export function requireToken(accepted: AcceptedTokens): MiddlewareHandler {
  return async (c, next) => {
    const header = c.req.header('Authorization');
    if (header === undefined) return problem(c, 'unauthorized', undefined, { 'WWW-Authenticate': REALM });
    const [, token = ''] = BEARER.exec(header.trim()) ?? [];
    if (token !== '' && isOneOf(token, await accepted.digests())) return next();
    return problem(c, 'unauthorized', 'The token is not accepted here.', {
      'WWW-Authenticate': `${REALM}, error="invalid_token"`,
    });
  };
}

/** Digests have one length, whatever was sent; and all are compared, so that time tells nothing of which or how far. */
function isOneOf(token: string, digests: readonly Uint8Array[]): boolean {
  const sent = createHash('sha256').update(token).digest();
  return digests.filter((one) => one.length === sent.length && timingSafeEqual(sent, one)).length > 0;
}
