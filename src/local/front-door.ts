/**
 * A reverse proxy before the embedded table. It tells callers apart by the access key they sign with, makes the
 * table as slow and as faulty as a test asks, counts, and tells of every write between its effect and its reply.
 */
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { answerInstead, datedAhead, type FaultRule, FaultRules } from './table-faults.ts';
import { type Operation, type Reply, readOperation, type TableWrite, writeIn } from './table-operation.ts';
import { OperationCounts, type OperationStatistics } from './table-statistics.ts';

export type WriteListener = (write: TableWrite) => void | Promise<void>;

export class FrontDoor {
  readonly #storePort: number;
  readonly #delayMs: number;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  readonly #server: Server;
  readonly #listeners = new Set<WriteListener>();
  readonly #faults = new FaultRules();
  readonly #counts = new OperationCounts();

  /** @param delayMs added to each operation, half on the way there and half on the way back */
  constructor(storePort: number, delayMs: number) {
    this.#storePort = storePort;
    this.#delayMs = delayMs;
    this.#server = createServer((request, response) => {
      // What breaks on the way to the table breaks the caller's connection: it cannot know what took effect.
      this.#pass(request, response).catch(() => request.socket.destroy());
    });
    this.#server.keepAliveTimeout = 120_000; // past the idle time of any client's kept connection
  }

  /** @returns the endpoint's URL. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /**
   * Called for each write after its effect and before its reply, which waits for the listener.
   * An error of a listener is thrown where nobody catches it: it is a fault of the program.
   * @returns the function that unsubscribes.
   */
  onWrite(listener: WriteListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @returns the function that clears the rule. */
  fault(rule: FaultRule): () => void {
    return this.#faults.add(rule);
  }

  /** Since the start, one record for each caller and operation. */
  statistics(): readonly OperationStatistics[] {
    return this.#counts.all();
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = await readOperation(incoming);
    const fault = this.#faults.strike(operation);
    if (fault?.kind === 'cut') return void incoming.socket.destroy();
    if (fault?.kind === 'hang') return; // the connection stays open until its caller, or the table, ends it
    await delay(this.#delayMs / 2 + (fault?.kind === 'delay' ? fault.delayMs : 0));
    const reply = (fault && answerInstead(fault)) ?? (await this.#forward(operation));
    this.#counts.count(operation, reply);
    if (reply.status === 200) await this.#tell(operation, reply);
    if (fault?.kind === 'loseReply') return void incoming.socket.destroy();
    await delay(this.#delayMs / 2);
    const { status, headers, body } = fault?.kind === 'clock' ? datedAhead(reply, fault.aheadMs) : reply;
    response.writeHead(status, headers).end(body);
  }

  #forward({ headers, body }: Operation): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          port: this.#storePort,
          host: '127.0.0.1',
          method: 'POST',
          agent: this.#agent,
          headers: signedByNobody(endToEnd(headers)),
        },
        (incoming) => {
          const { statusCode: status = 502, headers } = incoming;
          buffer(incoming).then((body) => resolve({ status, headers: endToEnd(headers), body }), reject);
        },
      );
      outgoing.on('error', reject).end(body);
    });
  }

  async #tell(operation: Operation, reply: Reply): Promise<void> {
    if (this.#listeners.size === 0) return;
    const write = writeIn(operation, reply);
    if (!write) return;
    const told = await Promise.allSettled([...this.#listeners].map(async (listener) => listener(write)));
    for (const result of told) {
      if (result.status === 'fulfilled') continue;
      queueMicrotask(() => {
        throw result.reason;
      });
    }
  }
}

/** Without what speaks of one connection only; the body's length stays, as the body does. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection, 'keep-alive': _, 'transfer-encoding': __, ...kept } = headers;
  return kept;
}

/** Who it is matters to the door alone: DynamoDB Local takes no access key with a hyphen in it. */
function signedByNobody({ authorization, ...headers }: IncomingHttpHeaders): IncomingHttpHeaders {
  if (authorization === undefined) return headers;
  return { ...headers, authorization: authorization.replace(/Credential=[^/,\s]+\//, 'Credential=local/') };
}

async function delay(ms: number): Promise<void> {
  if (ms > 0) await wait(ms);
}
