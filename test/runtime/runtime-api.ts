/**
 * Lambda's Runtime API (version 2018-06-01) of one execution environment, on loopback: what a runtime asks its next
 * event from, and tells its answer to.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { InvocationError } from '../../src/local/environment.ts';
import { freePort } from '../../src/local/ports.ts';

export interface Delivery {
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  readonly functionArn: string;
  /** Wall-clock milliseconds since 1970. */
  readonly deadlineMs: number;
}

export type Report =
  | { readonly kind: 'answered'; readonly payload: string }
  | { readonly kind: 'failed'; readonly error: InvocationError };

const PREFIX = '/2018-06-01/runtime';
/** Of the answer to a synchronous invocation. */
const PAYLOAD_MAX_BYTES = 6 * 1024 * 1024;

interface Current {
  readonly delivery: Delivery;
  readonly report: PromiseWithResolvers<Report>;
}

export class RuntimeApi {
  /** What the runtime asked for that the API does not have: none, of a sound one. */
  readonly violations: string[] = [];
  /** When the code could not be loaded. */
  readonly initError = Promise.withResolvers<InvocationError>();
  readonly #server: Server;
  #endpoint = '';
  #current: Current | undefined;
  /** The runtime's open question for its next event. */
  #asking: ServerResponse | undefined;
  #asked = Promise.withResolvers<void>();

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: Error) => {
        this.violations.push(`${request.method} ${request.url}: ${error.message}`);
        request.socket.destroy();
      });
    });
    this.#server.requestTimeout = 0; // a frozen runtime asks for hours
  }

  /** For `AWS_LAMBDA_RUNTIME_API`. */
  get endpoint(): string {
    return this.#endpoint;
  }

  async start(): Promise<void> {
    const port = await freePort();
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    this.#endpoint = `127.0.0.1:${port}`;
  }

  /** Resolves while the runtime waits for an event: after its start, and after each answer. */
  idle(): Promise<void> {
    return this.#asked.promise;
  }

  /** To an idle runtime only. Resolves with its answer; what never answers is the caller's to give up. */
  deliver(delivery: Delivery): Promise<Report> {
    const asking = this.#asking;
    if (!asking) throw new Error('an event was delivered to a runtime that did not ask for one');
    this.#asking = undefined;
    this.#asked = Promise.withResolvers<void>();
    const report = Promise.withResolvers<Report>();
    this.#current = { delivery, report };
    asking.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': delivery.requestId,
      'Lambda-Runtime-Deadline-Ms': String(delivery.deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': delivery.functionArn,
      'Lambda-Runtime-Trace-Id': `Root=1-${delivery.requestId.replaceAll('-', '').slice(0, 8)};Sampled=0`,
    });
    asking.end(delivery.payload);
    return report.promise;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    if (method === 'GET' && url === `${PREFIX}/invocation/next`) {
      this.#asking = response;
      return this.#asked.resolve();
    }
    const body = await text(request);
    const [, id, what] = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(url) ?? [];
    if (method === 'POST' && url === `${PREFIX}/init/error`) {
      this.initError.resolve(JSON.parse(body) as InvocationError);
      return accepted(response);
    }
    const current = this.#current;
    if (!current || method !== 'POST' || id !== current.delivery.requestId) {
      return this.#refuse(response, 400, `${method} ${url} while ${current?.delivery.requestId} runs`);
    }
    if (Buffer.byteLength(body) > PAYLOAD_MAX_BYTES) {
      return this.#refuse(response, 413, `an answer of ${Buffer.byteLength(body)} bytes`);
    }
    this.#current = undefined;
    const parsed: unknown = JSON.parse(body); // Lambda takes nothing that is not JSON
    if (what === 'response') current.report.resolve({ kind: 'answered', payload: body });
    else current.report.resolve({ kind: 'failed', error: parsed as InvocationError });
    accepted(response);
  }

  #refuse(response: ServerResponse, status: number, what: string): void {
    this.violations.push(what);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end('{"errorMessage":"refused"}');
  }
}

function accepted(response: ServerResponse): void {
  response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}');
}
