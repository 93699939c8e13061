/** What `cdk` tells whoever deploys, beside what it is asked for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readyStack } from './ready-stack.ts';

const VPC = { vpcId: 'vpc-1', cidr: '10.0.0.0/16', subnetIds: ['subnet-1', 'subnet-2', 'subnet-3'] };
const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];

function warnings(settings: Readonly<Record<string, unknown>>): string[] {
  const assembly = readyStack({ settings });
  const metadata = JSON.parse(
    readFileSync(join(assembly, 'LambdaSentinel.metadata.json'), 'utf8'),
  ) as Readonly<Record<string, readonly { readonly type: string; readonly data?: unknown }[]>>;
  const all = Object.values(metadata).flat();
  return all.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => String(data));
}

test.each([
  ['a VPC of its own', {}],
  ['an existing VPC, without the route tables that only an endpoint needs', { vpc: VPC }],
])('there is no warning with %s', (_name, settings) => {
  expect(warnings(settings)).toEqual([]);
});

test('there is one of two zones, which lose every failover with one of them', () => {
  const two = { zones: ZONES.slice(0, 2), vpc: { ...VPC, subnetIds: VPC.subnetIds.slice(0, 2) } };
  expect(warnings(two)).toEqual([expect.stringContaining('2 zones')]);
});
