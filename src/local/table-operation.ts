/** One operation on the table as it passes the front door, and the write that may be in it. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { fromWire, type Image, type WireImage } from './images.ts';

export interface Operation {
  readonly caller: string;
  readonly operation: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem'] as const;

export interface TableWrite {
  /** The access key id it was signed with: in a local function the function's name. */
  readonly caller: string;
  readonly operation: (typeof WRITES)[number];
  readonly key: { readonly pk: string; readonly sk: string };
  /** What was put; of an update only what it asked to be returned. */
  readonly item?: Image;
}

export async function readOperation(incoming: IncomingMessage): Promise<Operation> {
  const { headers } = incoming;
  return {
    caller: /Credential=([^/,\s]+)\//.exec(headers.authorization ?? '')?.[1] ?? 'unsigned',
    operation: String(headers['x-amz-target'] ?? '').split('.')[1] ?? 'unknown',
    headers,
    body: await buffer(incoming),
  };
}

interface ItemRequest {
  readonly Key?: WireImage;
  readonly Item?: WireImage;
}

/** The key of the one item the operation is about; undefined for queries, scans and tables. */
export function keyIn({ body }: Operation): TableWrite['key'] | undefined {
  const { Key, Item } = JSON.parse(body.toString()) as ItemRequest;
  const { pk, sk } = Key ?? Item ?? {};
  return pk?.S !== undefined && sk?.S !== undefined ? { pk: pk.S, sk: sk.S } : undefined;
}

/** @returns undefined when the operation does not write. */
export function writeIn(request: Operation, reply: Reply): TableWrite | undefined {
  const operation = WRITES.find((write) => write === request.operation);
  const key = operation && keyIn(request);
  if (!operation || !key) return undefined;
  const { Item, ReturnValues } = JSON.parse(request.body.toString()) as ItemRequest & {
    ReturnValues?: string;
  };
  const returned =
    ReturnValues === 'ALL_NEW' ? (JSON.parse(reply.body.toString()) as { Attributes?: WireImage }) : {};
  const item = Item ?? returned.Attributes;
  return { caller: request.caller, operation, key, ...(item && { item: fromWire(item) }) };
}
