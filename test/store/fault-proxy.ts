/**
 * An HTTP proxy in front of a table that loses what it is told to: the faults are on the wire, so client and table
 * are the real ones.
 */
import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { freePort } from '../../src/local/ports.ts';

export type Fault =
  | { readonly kind: 'pass' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The table never sees the request: the connection is reset, or left hanging. */
  | { readonly kind: 'drop-before'; readonly how: 'reset' | 'hang' }
  /** The table does what was asked, and the reply is lost. */
  | { readonly kind: 'drop-reply-after'; readonly how: 'reset' | 'hang' }
  /** The proxy answers in the table's place. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: string };

export interface ProxiedRequest {
  /** The API's name, such as `PutItem`. */
  readonly operation: string;
  readonly body: string;
}

export interface FaultProxy {
  readonly port: number;
  /** Every request that arrived, with what became of it. */
  readonly log: readonly { readonly operation: string; readonly fault: Fault['kind'] }[];
  /** Asked once for each request. */
  decide: (request: ProxiedRequest) => Fault;
  /** What each reply's `Date` becomes; `undefined` takes it out. */
  date: (own: string | undefined) => string | undefined;
  close(): Promise<void>;
}

export const PASS: Fault = { kind: 'pass' };

export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const log: { operation: string; fault: Fault['kind'] }[] = [];
  const port = await freePort();
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const proxy: FaultProxy = {
    port,
    log,
    decide: () => PASS,
    date: (own) => own,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return proxy;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const fault = proxy.decide({ operation, body });
    log.push({ operation, fault: fault.kind });
    switch (fault.kind) {
      case 'drop-before':
        return lose(request, fault.how);
      case 'drop-reply-after':
        await forward(targetPort, request, body);
        return lose(request, fault.how);
      case 'answer':
        return send(response, { status: fault.status, headers: jsonHeaders(), body: fault.body });
      case 'delay':
        await new Promise((resolve) => setTimeout(resolve, fault.ms));
        break;
      case 'pass':
        break;
    }
    send(response, await forward(targetPort, request, body));
  }

  function send(response: ServerResponse, { status, headers, body }: Reply): void {
    const { date: own, ...rest } = headers;
    const date = proxy.date(own);
    response.sendDate = false; // Node would put its own in the place of one taken out
    response.writeHead(status, { ...rest, ...(date !== undefined && { date }) }).end(body);
  }
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function jsonHeaders(): IncomingHttpHeaders {
  return { 'content-type': 'application/x-amz-json-1.0', date: new Date().toUTCString() };
}

function lose(request: IncomingMessage, how: 'reset' | 'hang'): void {
  if (how === 'reset') request.socket.resetAndDestroy();
}

async function forward(port: number, request: IncomingMessage, body: string): Promise<Reply> {
  const { method, url, headers } = request;
  const onward = httpRequest({ host: '127.0.0.1', port, method, path: url, headers });
  onward.end(body);
  const [reply] = (await once(onward, 'response')) as [IncomingMessage];
  return { status: reply.statusCode ?? 502, headers: reply.headers, body: await textOf(reply) };
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
