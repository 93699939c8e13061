/**
 * The AWS services the relay calls, on one local port and in their own protocols: Lambda's Invoke, EventBridge (JSON
 * 1.1) and Route 53 (REST-XML) are answered here, SNS by the emulator behind. Any of them fails on demand.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { HostedZone, type HttpAnswer } from './name-server.ts';
import { type Service, ServiceFaults } from './service-faults.ts';

export interface BusEvent {
  readonly type: string;
  readonly source: string;
  readonly bus: string;
  readonly time: number;
  readonly detail: { readonly id: string; readonly master: string; readonly seq: number };
}

export class Services {
  readonly faults = new ServiceFaults();
  readonly zone = new HostedZone();
  /** Functions that were invoked, with their payloads. */
  readonly woken: { readonly name: string; readonly reason: string }[] = [];
  readonly busEvents: BusEvent[] = [];
  /** How many entries each PutEvents had. */
  readonly puts: number[] = [];
  /** The services in the order in which they came to their requests. */
  readonly arrivals: Service[] = [];
  /** Ids of entries that PutEvents refuses, each as often as it is in here. */
  readonly refusedEntries: string[] = [];
  /** Called when a change of a name arrives, before it takes effect. */
  onNameChange: () => Promise<void> = async () => {};
  readonly #snsEndpoint: string;
  readonly #server: Server;

  constructor(snsEndpoint: string) {
    this.#snsEndpoint = snsEndpoint;
    this.#server = createServer(async (request, response) => {
      const body = await text(request);
      const service = serviceOf(request);
      const fault = this.faults.take(
        service,
        `${request.url} ${decodeURIComponent(body.replace(/\+/g, ' '))}`,
      );
      if (fault === 'slow') await wait(150);
      this.arrivals.push(service);
      if (fault === 'hang') return;
      if (fault === 'error' || fault === 'denied') {
        const status = fault === 'error' ? 500 : 403;
        return void response.writeHead(status, { 'X-Amzn-ErrorType': 'Planned' }).end('{}');
      }
      const { status, body: answer } = await this.#answer(service, request, body);
      if (fault === 'lost') return void request.socket.destroy();
      response.writeHead(status, { 'Content-Type': contentTypes[service] }).end(answer);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const bound = this.#server.address();
    return `http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
  }

  async end(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(service: Service, request: IncomingMessage, body: string): Promise<HttpAnswer> {
    const { method = '', url = '/' } = request;
    switch (service) {
      case 'lambda': {
        const [, name = ''] = /functions\/([^/]+)\/invocations/.exec(url) ?? [];
        this.woken.push({ name, reason: JSON.parse(body).reason });
        return { status: 202, body: '' };
      }
      case 'events':
        return { status: 200, body: JSON.stringify(this.#putEvents(JSON.parse(body).Entries)) };
      case 'route53':
        if (method === 'POST') await this.onNameChange();
        return this.zone.answer(method, new URL(url, 'http://local'), body);
      case 'sns': {
        const headers = { 'Content-Type': request.headers['content-type'] ?? '' };
        const answered = await fetch(this.#snsEndpoint, { method, headers, body });
        return { status: answered.status, body: await answered.text() };
      }
    }
  }

  #putEvents(entries: readonly Record<string, string>[]): object {
    this.puts.push(entries.length);
    const results = entries.map((entry) => {
      const detail = JSON.parse(entry['Detail'] ?? '');
      const refused = this.refusedEntries.indexOf(detail.id);
      if (refused !== -1) {
        this.refusedEntries.splice(refused, 1);
        return { ErrorCode: 'InternalFailure', ErrorMessage: 'planned' };
      }
      const { DetailType: type = '', Source: source = '', EventBusName: bus = '', Time } = entry;
      this.busEvents.push({ type, source, bus, time: Number(Time), detail });
      return { EventId: `e-${this.busEvents.length}` };
    });
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  }
}

const contentTypes: Record<Service, string> = {
  lambda: 'application/json',
  events: 'application/x-amz-json-1.1',
  sns: 'text/xml',
  route53: 'text/xml',
};

function serviceOf({ url = '', headers }: IncomingMessage): Service {
  if (url.includes('/functions/')) return 'lambda';
  if (url.includes('/hostedzone/')) return 'route53';
  return String(headers['x-amz-target'] ?? '').startsWith('AWSEvents') ? 'events' : 'sns';
}
