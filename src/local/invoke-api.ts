/** Lambda's Invoke API over HTTP on loopback, as the AWS SDK speaks it (API version 2015-03-31). */

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { InvocationError } from './environment.ts';
import { freePort } from './ports.ts';

export type InvocationType = 'Event' | 'RequestResponse';

export type InvokeReply =
  | { readonly kind: 'accepted'; readonly requestId: string }
  | { readonly kind: 'answered'; readonly requestId: string; readonly payload: string }
  | { readonly kind: 'failed'; readonly requestId: string; readonly error: InvocationError }
  | { readonly kind: 'throttled'; readonly why: string }
  | { readonly kind: 'unknown function' };

export type Invoke = (functionName: string, type: InvocationType, payload: string) => Promise<InvokeReply>;

/** Lambda's own limits of a payload, in bytes. */
const PAYLOAD_MAX_BYTES = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024 } as const;

/** @returns once it listens; `close` also cuts the connections that are still open. */
export async function serveInvokeApi(invoke: Invoke): Promise<{ endpoint: string; close(): Promise<void> }> {
  const port = await freePort();
  const server = createServer(async (request, response) => {
    const { status, headers, body } = await answer(invoke, request).catch((error: Error) =>
      fault(500, 'ServiceException', error.message),
    );
    const contentType = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    response.writeHead(status, { ...contentType, ...headers }).end(body);
  });
  server.keepAliveTimeout = 120_000; // past the idle time of any client's kept connection
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function answer(invoke: Invoke, request: IncomingMessage): Promise<HttpAnswer> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const identifier = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path)?.[1];
  if (!identifier || request.method !== 'POST') {
    return fault(404, 'UnknownOperationException', `${request.method} ${path}`);
  }
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type !== 'Event' && type !== 'RequestResponse') {
    const message = `X-Amz-Invocation-Type must be Event or RequestResponse, not ${type}`;
    return fault(400, 'InvalidParameterValueException', message);
  }
  const name = functionNameIn(decodeURIComponent(identifier));
  const payload = (await text(request)) || '{}';
  return payloadFault(payload, PAYLOAD_MAX_BYTES[type]) ?? answerTo(name, await invoke(name, type, payload));
}

function answerTo(name: string, reply: InvokeReply): HttpAnswer {
  switch (reply.kind) {
    case 'accepted':
      return { status: 202, headers: ofRequest(reply.requestId), body: '' };
    case 'answered':
      return { status: 200, headers: ofRequest(reply.requestId), body: reply.payload };
    case 'failed': {
      const headers = { ...ofRequest(reply.requestId), 'X-Amz-Function-Error': 'Unhandled' };
      return { status: 200, headers, body: JSON.stringify(reply.error) };
    }
    case 'throttled':
      return fault(429, 'TooManyRequestsException', `Rate Exceeded: ${reply.why}`);
    case 'unknown function':
      return fault(404, 'ResourceNotFoundException', `Function not found: ${name}`);
  }
}

/** A name, an ARN of a function, or either with a qualifier, which says nothing here. */
function functionNameIn(identifier: string): string {
  return identifier.replace(/^.*:function:/, '').split(':')[0] ?? '';
}

function payloadFault(payload: string, maxBytes: number): HttpAnswer | undefined {
  const bytes = Buffer.byteLength(payload);
  if (bytes > maxBytes) {
    return fault(413, 'RequestTooLargeException', `payload of ${bytes} bytes, at most ${maxBytes} are taken`);
  }
  try {
    JSON.parse(payload);
    return undefined;
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    return fault(400, 'InvalidRequestContentException', message);
  }
}

function fault(status: number, type: string, message: string): HttpAnswer {
  const body = JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message });
  return { status, headers: { ...ofRequest(randomUUID()), 'x-amzn-errortype': type }, body };
}

function ofRequest(requestId: string): Record<string, string> {
  return { 'x-amzn-RequestId': requestId, 'X-Amz-Executed-Version': '$LATEST' };
}
