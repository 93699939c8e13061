/** What the functions of one deployment find around them: real Redis nodes, the embedded table, and AWS' services. */
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { dynamoClient } from '../../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { freePort } from '../../src/local/ports.ts';
import type { Processes } from '../../src/local/processes.ts';
import { type RedisServer, startRedis } from '../../src/local/redis-server.ts';
import { type LocalTable, startTable } from '../../src/local/table.ts';
import { Services } from '../relay/services.ts';

const QUEUE = 'slots';
/** What gets the messages of the topic. */
const SUBSCRIBER = 'subscriber';
export const TOPIC = 'arn:aws:sns:us-east-1:000000000000:events';
const CLIENT = { region: 'us-east-1', credentials: { accessKeyId: 'stage', secretAccessKey: 'local' } };

export interface Surroundings {
  /** The first is the master. */
  readonly nodes: readonly RedisServer[];
  readonly table: LocalTable;
  /** The table by its back door: neither slowed nor broken. */
  readonly store: DynamoStore;
  /** EventBridge, SNS and Route 53. */
  readonly services: Services;
  readonly servicesEndpoint: string;
  readonly queueEndpoint: string;
  readonly queueUrl: string;
  /** What a subscriber of the topic got so far. */
  published(): readonly unknown[];
  /** What the relay wrote into the long history. */
  history(name: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Every part is added to `ending` as soon as it runs. */
export async function surround(
  processes: Processes,
  replicas: number,
  ending: AsyncDisposableStack,
): Promise<Surroundings> {
  const nodes = await startNodes(processes, 1 + replicas, ending);
  const table = await startTable(processes);
  ending.defer(() => table.end());
  const { storeEndpoint: endpoint, tableName } = table;
  const client = dynamoClient({ ...CLIENT, endpoint, requestTimeoutMs: 5000 });
  ending.defer(() => client.destroy());
  const store = new DynamoStore({ client, tableName, telemetry: { log: () => {} }, deadlineMs: 20_000 });
  const queues = await startQueues(ending);
  const queueEndpoint = `http://127.0.0.1:${queues.port}`;
  const services = new Services(queueEndpoint);
  const servicesEndpoint = await services.start();
  ending.defer(() => services.end());
  return {
    ...{ nodes, table, store, services, servicesEndpoint, queueEndpoint },
    queueUrl: `${queueEndpoint}/000000000000/${QUEUE}`,
    published: () =>
      (queues.inspectQueue(SUBSCRIBER)?.messages.ready ?? []).map(({ body }): unknown => JSON.parse(body)),
    history: (name) => historyOf(table, name),
  };
}

async function startNodes(
  processes: Processes,
  count: number,
  ending: AsyncDisposableStack,
): Promise<RedisServer[]> {
  const nodes: RedisServer[] = [];
  for (let i = 0; i < count; i++) {
    const replicaOf = nodes[0]?.address;
    const node = await startRedis(processes, { port: await freePort(), ...(replicaOf && { replicaOf }) });
    ending.defer(() => node.end());
    nodes.push(node);
  }
  return nodes;
}

async function startQueues(ending: AsyncDisposableStack): Promise<FauxqsServer> {
  const queues = await startFauxqs({ port: await freePort(), host: '127.0.0.1', logger: false });
  ending.defer(() => queues.stop());
  queues.createQueue(QUEUE, { attributes: { VisibilityTimeout: '60' } });
  queues.createQueue(SUBSCRIBER);
  queues.createTopic('events');
  queues.subscribe({ topic: 'events', queue: SUBSCRIBER, attributes: { RawMessageDelivery: 'true' } });
  return queues;
}

async function historyOf({ storeEndpoint: endpoint, tableName: TableName }: LocalTable, name: string) {
  const client = new DynamoDBClient({ ...CLIENT, endpoint });
  const KeyConditionExpression = 'pk = :pk';
  const ExpressionAttributeValues = { ':pk': { S: `EVENTS#${name}` } };
  try {
    const query = new QueryCommand({ TableName, KeyConditionExpression, ExpressionAttributeValues });
    return ((await client.send(query)).Items ?? []).map((item) => unmarshall(item));
  } finally {
    client.destroy();
  }
}
