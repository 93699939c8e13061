/** The ready stack's settings: `"lambda-sentinel"` in the context of cdk.json, where they are to be edited. */
import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DIRECTIVES } from './directives.ts';
import { InvalidProp } from './invalid-prop.ts';
import type { MasterProps } from './masters.ts';
import type { ExistingVpc } from './sentinel-stack.ts';

export interface Settings {
  readonly region: string;
  readonly zones: readonly string[];
  readonly masters: readonly MasterProps[];
  readonly pulse: Duration;
  /** @default false */
  readonly stagger?: boolean;
  /** @default - a new one */
  readonly vpc?: ExistingVpc;
  /** Of a new VPC. */
  readonly cidr?: string;
  /** Of an existing VPC. */
  readonly dynamoEndpoint?: 'create' | 'existing';
}

const KEY = 'lambda-sentinel';

/** JSON has no Duration: a time is given in milliseconds, as `downAfterMs`. */
const TIMES = Object.entries(DIRECTIVES).flatMap(([prop, { kind }]) => (kind === 'duration' ? [prop] : []));
const FIELDS = [
  ...['name', 'host', 'port', 'replicas'],
  ...Object.keys(DIRECTIVES).map((prop) => (TIMES.includes(prop) ? `${prop}Ms` : prop)),
];

/** @throws InvalidProp */
export function readSettings(scope: Construct): Settings {
  const given: unknown = scope.node.tryGetContext(KEY);
  if (!isObject(given)) {
    throw new InvalidProp(
      `context "${KEY}"`,
      given,
      'an object with region, zones and masters: see cdk.json',
    );
  }
  const { region, zones, masters, pulseSeconds = 1, stagger, vpc, cidr, dynamoEndpoint } = given;
  if (typeof region !== 'string') {
    throw new InvalidProp(`${KEY}.region`, region, 'a region, such as eu-west-1');
  }
  if (!Array.isArray(zones)) {
    throw new InvalidProp(`${KEY}.zones`, zones, 'a list of zones, such as eu-west-1a');
  }
  if (!Array.isArray(masters)) throw new InvalidProp(`${KEY}.masters`, masters, 'a list of masters');
  if (typeof pulseSeconds !== 'number') {
    throw new InvalidProp(`${KEY}.pulseSeconds`, pulseSeconds, 'a number from 1 to 60');
  }
  if (stagger !== undefined && typeof stagger !== 'boolean') {
    throw new InvalidProp(`${KEY}.stagger`, stagger, 'true or false');
  }
  return {
    region,
    zones,
    masters: masters.map(readMaster),
    pulse: Duration.seconds(pulseSeconds),
    ...(stagger !== undefined && { stagger }),
    ...(isObject(vpc) && { vpc: vpc as unknown as ExistingVpc }),
    ...(typeof cidr === 'string' && { cidr }),
    ...(dynamoEndpoint === 'create' && { dynamoEndpoint }),
  };
}

/** What is misspelt would else be passed over, and its default hold. */
function readMaster(given: unknown): MasterProps {
  if (!isObject(given)) throw new InvalidProp(`${KEY}.masters`, given, 'objects with at least name and host');
  const fields = Object.entries(given).map(([field, value]): [string, unknown] => {
    if (!FIELDS.includes(field)) {
      throw new InvalidProp(`masters[${given['name']}].${field}`, value, `one of ${FIELDS.join(', ')}`);
    }
    const prop = field.replace(/Ms$/, '');
    return TIMES.includes(prop) ? [prop, Duration.millis(Number(value))] : [field, value];
  });
  return Object.fromEntries(fields) as unknown as MasterProps;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
