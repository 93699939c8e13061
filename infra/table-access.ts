/**
 * What each function may do to the table. IAM sees the partition key of an item and nothing else: it tells the
 * functions apart, and not one zone's items from another's.
 */
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';

export type Reader = 'sentinel' | 'pacemaker' | 'relay' | 'read' | 'operate' | 'configure';

interface Right {
  readonly actions: readonly ('GetItem' | 'Query' | 'PutItem' | 'DeleteItem')[];
  /** Of the partitions; `*` stands for a master's name. */
  readonly partitions: readonly string[];
}

const MASTERS = 'MASTER#*';
const READ = ['GetItem', 'Query'] as const;

const RIGHTS: Readonly<Record<Reader, readonly Right[]>> = {
  sentinel: [
    { actions: READ, partitions: [MASTERS, 'SENTINELS', 'DIRECTORY'] },
    { actions: ['PutItem'], partitions: [MASTERS, 'SENTINELS'] },
  ],
  pacemaker: [{ actions: ['GetItem', 'PutItem'], partitions: ['PACEMAKER'] }],
  // The stream brings it the masters, but a DNS name follows what the table says at that moment.
  relay: [
    { actions: ['GetItem'], partitions: [MASTERS] },
    { actions: ['PutItem'], partitions: ['EVENTS#*'] },
  ],
  read: [{ actions: READ, partitions: [MASTERS, 'SENTINELS', 'DIRECTORY', 'EVENTS#*'] }],
  operate: [
    { actions: READ, partitions: [MASTERS, 'SENTINELS', 'DIRECTORY', 'EVENTS#*'] },
    { actions: ['PutItem'], partitions: [MASTERS, 'DIRECTORY'] },
    { actions: ['DeleteItem'], partitions: ['DIRECTORY'] },
  ],
  configure: [
    { actions: READ, partitions: [MASTERS, 'SENTINELS', 'DIRECTORY'] },
    { actions: ['PutItem'], partitions: [MASTERS, 'DIRECTORY'] },
    { actions: ['DeleteItem'], partitions: ['DIRECTORY'] },
  ],
};

/** Passwords that were given at run time, encrypted: only for functions that hold the key. */
const SEALED: Partial<Record<Reader, Right>> = {
  sentinel: { actions: ['GetItem'], partitions: ['SECRETS'] },
  operate: { actions: ['GetItem', 'PutItem'], partitions: ['SECRETS'] },
  configure: { actions: ['GetItem', 'PutItem'], partitions: ['SECRETS'] },
};

export function tableStatements(
  table: Pick<ITable, 'tableArn'>,
  reader: Reader,
  sealed: boolean,
): PolicyStatement[] {
  const extra = sealed ? SEALED[reader] : undefined;
  return [...RIGHTS[reader], ...(extra ? [extra] : [])].map(
    ({ actions, partitions }) =>
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [table.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...partitions] } },
      }),
  );
}
