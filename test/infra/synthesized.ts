/** A deployment, synthesized: on placeholders in the functions' place, for their code is tested elsewhere. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { afterAll } from 'vitest';
import { RedisSentinel, type RedisSentinelProps } from '../../infra/index.ts';

export const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] as const;
export const NAMES = ['sentinel', 'pacemaker', 'relay', 'read', 'operate', 'configure'] as const;

const folder = mkdtempSync(join(tmpdir(), 'lambda-sentinel-infra-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @param without - a bundle that was not built */
export function placeholderBundles(without?: string): string {
  const bundles = mkdtempSync(join(folder, 'bundles-'));
  for (const name of NAMES.filter((name) => name !== without)) {
    writeFileSync(join(bundles, `${name}.mjs`), `export const handler = () => '${name}';\n`);
  }
  return bundles;
}

/** CDK's own check of templates takes seconds of a CPU; the commands are run with it. */
export function newApp(): App {
  return new App({ outdir: mkdtempSync(join(folder, 'cdk-')), builtinCloudFormationValidation: false });
}

export function newStack(): Stack {
  return new Stack(newApp(), 'Test', { env: { region: 'eu-west-1' } });
}

export function importedVpc(stack: Stack): IVpc {
  return Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    vpcCidrBlock: '10.0.0.0/16',
    availabilityZones: [...ZONES],
    privateSubnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
    privateSubnetRouteTableIds: ['rtb-a', 'rtb-b', 'rtb-c'],
  });
}

export const ORDERS = { name: 'orders', host: '10.0.1.10' } as const;

export interface Synthesized {
  readonly template: Template;
  readonly sentinel: RedisSentinel;
  readonly stack: Stack;
}

/** @param props - beside an imported VPC of three zones and one master; a function is given the stack they stand in */
export function synthesize(
  props: Partial<RedisSentinelProps> | ((stack: Stack) => Partial<RedisSentinelProps>) = {},
  afterwards: (sentinel: RedisSentinel, stack: Stack) => void = () => {},
): Synthesized {
  const stack = newStack();
  const sentinel = construct(stack, typeof props === 'function' ? props(stack) : props);
  afterwards(sentinel, stack);
  return { template: Template.fromStack(stack), sentinel, stack };
}

const bundles = placeholderBundles();

export function construct(stack: Stack, props: Partial<RedisSentinelProps> = {}): RedisSentinel {
  return new RedisSentinel(stack, 'Sentinel', {
    vpc: props.vpc ?? importedVpc(stack),
    dynamoEndpoint: 'existing',
    masters: [ORDERS],
    bundles,
    ...props,
  });
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** The resources of a type, by their logical ids. */
export function resources(template: Template, type: string): Record<string, Resource> {
  return template.findResources(type) as Record<string, Resource>;
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What the role of a function may do: the policies whose logical id begins so. */
export function statementsOf(template: Template, role: string): Statement[] {
  const policies = Object.entries(resources(template, 'AWS::IAM::Policy'));
  const own = policies.filter(([id]) => id.startsWith(role));
  return own.flatMap(
    ([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement,
  );
}

/** `dynamodb:GetItem` and the like, with the partitions they are for. */
export function tableRights(template: Template, role: string): string[] {
  return statementsOf(template, role)
    .filter(({ Condition }) => JSON.stringify(Condition ?? {}).includes('LeadingKeys'))
    .flatMap(({ Action, Condition }) => {
      const keys = (Condition as { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': string[] } })[
        'ForAllValues:StringLike'
      ]['dynamodb:LeadingKeys'];
      return [Action].flat().map((action) => `${action} ${keys.join(' ')}`);
    });
}

/** What a role may do beside the table, its log and the network: the actions alone. */
export function actionsOf(template: Template, role: string): string[] {
  const actions = statementsOf(template, role)
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action }) => [Action].flat());
  return [...new Set(actions)].sort();
}
