/** Resolutions from the read endpoint: `GET /masters/{name}`, asked again with its ETag. */
import { isHost, nodeId } from '../core/model.ts';
import { readNode } from '../core/operations/address.ts';
import type { Resolution, Source } from './resolution.ts';

export interface HttpSourceOptions {
  /** Of the endpoint, such as the Function URL, with or without a path. */
  readonly url: string | URL;
  /** A bearer token, or what gives the present one. @default none */
  readonly token?: string | (() => string | Promise<string>);
  /** For instance one that signs with SigV4, for an endpoint that asks for IAM. @default the global `fetch` */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

interface Kept {
  readonly etag: string;
  readonly resolution: Resolution;
}

const ACCEPT = 'application/json, text/plain;q=0.5';

export class HttpSource implements Source {
  readonly #options: HttpSourceOptions;
  readonly #base: string;
  readonly #kept = new Map<string, Kept>();

  /** @throws Error for a URL that is none */
  constructor(options: HttpSourceOptions) {
    const url = String(options.url);
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new Error(`url "${url}": allowed is the http(s) URL of the read endpoint`);
    }
    this.#base = url.replace(/\/+$/, '');
    this.#options = options;
  }

  async read(name: string, signal: AbortSignal): Promise<Resolution | undefined> {
    const url = `${this.#base}/masters/${encodeURIComponent(name)}`;
    const { token, fetch: send = fetch } = this.#options;
    const bearer = typeof token === 'function' ? await token() : token;
    const kept = this.#kept.get(name);
    const headers = {
      accept: ACCEPT,
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(kept && { 'if-none-match': kept.etag }),
    };
    const reply = await send(url, { headers, signal }).catch((error: unknown) => {
      throw new Error(`${url} cannot be reached: ${reason(error)}`, { cause: error });
    });
    if (reply.status === 304 && kept) return kept.resolution;
    const body = await reply.text(); // to its end always: the connection is used again
    if (reply.status === 404 && isUnknownMaster(body)) {
      this.#kept.delete(name);
      return undefined;
    }
    if (!reply.ok) throw new Error(`${url} answers ${reply.status}${detailOf(body)}`);
    const resolution = readBody(name, body, reply.headers.get('content-type') ?? '');
    if (!resolution) throw new Error(`${url} answers what is no master: is it the read endpoint?`);
    const etag = reply.headers.get('etag');
    if (etag) this.#kept.set(name, { etag, resolution });
    return resolution;
  }
}

function readBody(name: string, body: string, type: string): Resolution | undefined {
  if (!/json/i.test(type)) {
    const master = readNode(body.trim());
    return master && { name, master, replicas: [] };
  }
  const fields = parsed(body);
  const master = readAddress(fields);
  const { status, replicas } = fields;
  if (!master) return undefined;
  const known = status === 'ok' || status === 'odown' || status === 'failover' ? status : undefined;
  const others = Array.isArray(replicas) ? replicas.map((one) => readAddress(fieldsOf(one))) : [];
  return {
    name,
    master,
    ...(known && { status: known }),
    replicas: others.filter((one) => one !== undefined),
  };
}

function readAddress({ host, port }: Readonly<Record<string, unknown>>) {
  if (typeof host !== 'string' || typeof port !== 'number' || !isHost(host)) return undefined;
  return readNode(nodeId({ host, port }));
}

/** Another 404 is that of a URL which is not the endpoint's. */
function isUnknownMaster(body: string): boolean {
  return String(parsed(body)['type']).endsWith('unknown-master');
}

/** Of a problem document what it says to a person. */
function detailOf(body: string): string {
  const { title, detail } = parsed(body);
  const told = [title, detail].filter((one) => typeof one === 'string').join(': ');
  return told === '' ? '' : ` (${told.slice(0, 200).replace(/\p{Cc}/gu, '?')})`;
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(body));
  } catch {
    return {};
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** fetch says "fetch failed", and the reason in its cause. */
function reason(error: unknown): string {
  const { message, name, cause } = error as Error;
  if (name === 'TimeoutError') return 'no answer in time';
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message;
}
