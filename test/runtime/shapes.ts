/** Events as AWS' services hand them to a function. */
import { randomUUID } from 'node:crypto';

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const DOMAIN = 'abcdefghij.lambda-url.us-east-1.on.aws';

/** A Function URL's and an HTTP API's (payload format 2.0). */
export function httpRequest(
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Readonly<Record<string, string>> } = {},
): object {
  const [rawPath, rawQueryString = ''] = path.split('?');
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: {
      host: DOMAIN,
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
      'x-forwarded-for': '192.0.2.7',
      'user-agent': 'curl/8.5.0',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abcdefghij',
      domainName: DOMAIN,
      domainPrefix: 'abcdefghij',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.7', userAgent: 'curl/8.5.0' },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 1_767_225_600_000,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  };
}

/** A custom resource's, as CDK's provider framework passes it on: every value is text. */
export function customResource(
  request: 'Create' | 'Update' | 'Delete',
  properties: object,
  old?: object,
): object {
  return {
    RequestType: request,
    ServiceToken: 'arn:aws:lambda:us-east-1:000000000000:function:provider',
    ResponseURL: '...',
    StackId: 'arn:aws:cloudformation:us-east-1:000000000000:stack/Sentinel/0b6f1a40',
    RequestId: randomUUID(),
    LogicalResourceId: 'Masters',
    ResourceType: 'Custom::RedisMasters',
    ResourceProperties: properties,
    ...(request !== 'Create' && { PhysicalResourceId: 'Sentinel/Masters' }),
    ...(old && { OldResourceProperties: old }),
  };
}

/** An event source mapping's for a standard queue. */
export function queueBatch(bodies: readonly string[], sentAt: number): object {
  return {
    Records: bodies.map((body, i) => ({
      messageId: `message-${i}`,
      receiptHandle: `receipt-${i}`,
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: String(sentAt),
        SenderId: 'AROAEXAMPLE',
        ApproximateFirstReceiveTimestamp: String(sentAt + 1),
      },
      messageAttributes: {},
      md5OfBody: 'd41d8cd98f00b204e9800998ecf8427e',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:slots',
      awsRegion: 'us-east-1',
    })),
  };
}
