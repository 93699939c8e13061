/** What the relay's settings name, each with a client of its own. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { Route53Client } from '@aws-sdk/client-route-53';
import { SNSClient } from '@aws-sdk/client-sns';
import type { MasterState } from '../../core/model.ts';
import type { NameService, Publisher } from '../../ports.ts';
import { Budget } from '../dynamodb/budget.ts';
import { dynamoClient } from '../dynamodb/client.ts';
import { decodeState } from '../dynamodb/codec.ts';
import { History } from '../dynamodb/history.ts';
import { Items } from '../dynamodb/items.ts';
import { stateKey } from '../dynamodb/keys.ts';
import { BOUNDED } from './bounds.ts';
import { EventBridge } from './event-bridge.ts';
import type { RelaySettings } from './relay-settings.ts';
import { Route53 } from './route53.ts';
import { Topic } from './topic.ts';

const READ_MS = 3000;
/** The table's own bounds are those of a sentinel, which must not wait: here another try costs more than a slow one. */
const TABLE_MS = { connectionTimeoutMs: 1000, requestTimeoutMs: 1000 };

export interface Targets {
  readonly publishers: readonly Publisher[];
  readonly history?: Publisher;
  readonly naming?: {
    readonly names: NameService;
    /** Consistent. @throws Unavailable, Unreadable */
    readState(name: string): Promise<MasterState | undefined>;
  };
}

export function targetsOf(settings: RelaySettings): Targets {
  const { eventBusName, topicArn, names, tableName, historyDays } = settings;
  const publishers: Publisher[] = [];
  if (eventBusName !== undefined) {
    publishers.push(new EventBridge(new EventBridgeClient(BOUNDED), eventBusName));
  }
  if (topicArn !== undefined) publishers.push(new Topic(new SNSClient(BOUNDED), topicArn));
  if (tableName === undefined) return { publishers };
  // a write that got no answer is not looked up: the next try finds it
  const items = new Items({ client: dynamoClient(TABLE_MS), tableName, readBackMs: 0 });
  const history = new History(items, historyDays);
  if (names.size === 0) return { publishers, history };
  const readState = async (name: string) => {
    const item = await items.get(stateKey(name), new Budget(READ_MS));
    return item && decodeState(item);
  };
  return {
    publishers,
    history,
    naming: { names: new Route53(new Route53Client(BOUNDED), names), readState },
  };
}
