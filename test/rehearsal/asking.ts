/** What an application asks of the read function. */
import { until } from '../../src/local/until.ts';
import type { Rehearsal } from './rehearsal.ts';

export const WITHIN = { timeoutMs: 90_000, everyMs: 200 };

export interface Answer {
  readonly statusCode: number;
  readonly body: string;
}

export interface MasterAnswer {
  readonly host: string;
  readonly port: number;
  readonly sentinels: readonly string[];
  readonly replicas: readonly { readonly address: string }[];
}

/** As API Gateway hands a request to its function (payload format 2.0). */
export function read({ functions }: Rehearsal, path: string): Promise<Answer> {
  return functions.invoke<Answer>(functions.the('SentinelHttpRead').functionName, {
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers: { host: 'api.example', accept: 'application/json' },
    requestContext: { domainName: 'api.example', http: { method: 'GET', path } },
    isBase64Encoded: false,
  });
}

export function described(rehearsal: Rehearsal, master: string): Promise<MasterAnswer> {
  const ask = async () => {
    const { statusCode, body } = await read(rehearsal, `/masters/${master}`);
    return statusCode === 200 && (JSON.parse(body) as MasterAnswer);
  };
  return until(`an answer that describes ${master}`, ask, WITHIN);
}
