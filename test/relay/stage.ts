/** The relay's handler, as it is bundled, among local services; and Lambda, which gives it a shard's records. */
import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { vi } from 'vitest';
import { encodeState } from '../../src/adapters/dynamodb/codec.ts';
import type { MasterState } from '../../src/core/model.ts';
import { Processes } from '../../src/local/processes.ts';
import { type LocalTable, startTable } from '../../src/local/table.ts';
import { Services } from './services.ts';

const FIFO = { FifoQueue: 'true' };
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:events';
export const ALL_TARGETS = {
  EVENT_BUS_NAME: 'events-bus',
  TOPIC_ARN: `${TOPIC}.fifo`,
  TABLE_NAME: 'lambda-sentinel',
  DNS: JSON.stringify({
    m: { hostedZoneId: 'Z1', recordName: 'm.example.com', ttlSeconds: 5 },
    n: { hostedZoneId: 'Z1', recordName: 'n.example.com', ttlSeconds: 5 },
  }),
};
export const STANDARD_TOPIC = TOPIC;

type Handler = (event: { Records: DynamoDBRecord[] }) => Promise<DynamoDBBatchResponse>;

export class Stage {
  readonly lines: string[] = [];
  readonly services: Services;
  readonly #processes: Processes;
  readonly #table: LocalTable;
  readonly #client: DynamoDBClient;
  readonly #sns: FauxqsServer;
  readonly #endpoint: string;
  #handler: Handler | undefined;

  private constructor(
    services: Services,
    endpoint: string,
    processes: Processes,
    table: LocalTable,
    sns: FauxqsServer,
  ) {
    this.services = services;
    this.#endpoint = endpoint;
    this.#processes = processes;
    this.#table = table;
    this.#sns = sns;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    this.#client = new DynamoDBClient({ endpoint: table.endpoint, region: 'us-east-1', credentials });
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => this.lines.push(String(line)) > 0);
  }

  static async start(): Promise<Stage> {
    const processes = new Processes();
    const table = await startTable(processes);
    const sns = await startFauxqs({ port: 0, logger: false });
    sns.createTopic('events.fifo', { attributes: { FifoTopic: 'true' } });
    sns.createTopic('events');
    sns.createQueue('ordered.fifo', { attributes: FIFO });
    sns.createQueue('plain');
    const raw = { attributes: { RawMessageDelivery: 'true' } };
    sns.subscribe({ topic: 'events.fifo', queue: 'ordered.fifo', ...raw });
    sns.subscribe({ topic: 'events', queue: 'plain', ...raw });
    const services = new Services(sns.address);
    return new Stage(services, await services.start(), processes, table, sns);
  }

  get table(): LocalTable {
    return this.#table;
  }

  /** A cold start of the function in this environment. */
  async load(environment: Readonly<Record<string, string>>): Promise<void> {
    vi.unstubAllEnvs();
    vi.resetModules();
    const settings = {
      ...{ AWS_ENDPOINT_URL: this.#endpoint, AWS_ENDPOINT_URL_DYNAMODB: this.#table.endpoint },
      ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
      ZONES: JSON.stringify({ a: 'sentinel-a', b: 'sentinel-b', c: 'sentinel-c' }),
      ...environment,
    };
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
    const { handler } = await import('../../lambda/relay.ts');
    this.#handler = handler as unknown as Handler;
  }

  /** @returns the sequence numbers that failed */
  async invoke(records: readonly DynamoDBRecord[]): Promise<string[]> {
    const { batchItemFailures = [] } = (await this.#handler?.({ Records: [...records] })) ?? {};
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  }

  /**
   * As the event source: again from the first failed record on, four times in all, and then without that record.
   * @returns those that went to the on-failure queue
   */
  async deliver(records: readonly DynamoDBRecord[]): Promise<DynamoDBRecord[]> {
    let left = [...records];
    const givenUp: DynamoDBRecord[] = [];
    for (let tries = 1; left.length > 0; tries++) {
      const failed = new Set(await this.invoke(left));
      const first = left.findIndex(({ dynamodb }) => failed.has(dynamodb?.SequenceNumber ?? ''));
      if (first === -1) break;
      if (first > 0) tries = 0;
      left = left.slice(first);
      if (tries <= 3) continue;
      givenUp.push(...left.splice(0, 1));
      tries = 0;
    }
    return givenUp;
  }

  /** What an SNS subscriber got, in its order. */
  received(queue: 'ordered.fifo' | 'plain'): { id: string; master: string; seq: number; type: string }[] {
    return this.messages(queue).map(({ body }) => JSON.parse(body));
  }

  messages(queue: 'ordered.fifo' | 'plain') {
    return this.#sns.inspectQueue(queue)?.messages.ready ?? [];
  }

  async put(state: MasterState): Promise<void> {
    const Item = marshall(encodeState(state), { removeUndefinedValues: true });
    await this.#client.send(new PutItemCommand({ TableName: this.#table.tableName, Item }));
  }

  async history(master: string): Promise<Record<string, unknown>[]> {
    const { Items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table.tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `EVENTS#${master}` } },
      }),
    );
    return Items.map((item) => unmarshall(item));
  }

  async end(): Promise<void> {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    this.#client.destroy();
    await this.services.end();
    await this.#sns.stop();
    await this.#table.end();
    await this.#processes.end();
  }
}
