/** The ready stack as it is in cdk.json, deployed by `cdk deploy` into an account that has nothing yet. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Processes } from '../../src/local/processes.ts';
import { bootstrap, Cdk, type Outputs } from './cdk.ts';
import { LEFT_OUT, typesOfMoto } from './left-out.ts';
import { type Moto, startMoto } from './moto.ts';
import { PATIENCE_MS, withPythonTools } from './python-tools.ts';
import { readyStack } from './ready-stack.ts';
import { reduce, type Template, templateOf } from './reduced.ts';
import { element, type Made, madeBy, told } from './stack.ts';

const STACK = 'LambdaSentinel';

withPythonTools('the first deployment', (python) => {
  const processes = new Processes();
  let moto: Moto;
  let whole: Template;
  let reduced: Template;
  let outputs: Outputs;
  let made: readonly Made[];

  beforeAll(async () => {
    const assembly = readyStack({});
    whole = templateOf(assembly, STACK);
    reduced = reduce(assembly, STACK);
    moto = await startMoto(python, 'eu-west-1', processes);
    await bootstrap(moto);
    outputs = await new Cdk(moto, processes).deploy(assembly, STACK);
    made = await madeBy(moto, STACK);
  }, PATIENCE_MS);

  afterAll(() => processes.end());

  function ids(type: string): string[] {
    return made.filter((resource) => resource.type === type).map(({ id }) => id);
  }

  test('makes every resource but those that are left out', () => {
    const resources = Object.entries(reduced.Resources).map(([name, { Type }]) => `${Type} ${name}`);
    expect(made.map(({ name, type }) => `${type} ${name}`).sort()).toEqual(resources.sort());
    expect(made.filter(({ id }) => id === '')).toEqual([]);
  });

  test('leaves out what moto cannot make, and nothing else', async () => {
    const known = await typesOfMoto(python);
    const types = [...new Set(Object.values(whole.Resources).map(({ Type }) => Type))];
    expect(types.filter((type) => !known.includes(type) && !(type in LEFT_OUT))).toEqual([]);
    expect(Object.keys(LEFT_OUT).filter((type) => known.includes(type))).toEqual([]);
  });

  test('makes a VPC with a subnet in each zone, and no way out of it but the table’s endpoint', async () => {
    const [vpc = ''] = ids('AWS::EC2::VPC');
    const subnets = await describe('Subnets', vpc);
    expect([...subnets.matchAll(/<availabilityZone>([^<]*)/g)].map(([, zone]) => zone).sort()).toEqual([
      'eu-west-1a',
      'eu-west-1b',
      'eu-west-1c',
    ]);
    const endpoints = await describe('VpcEndpoints', vpc);
    expect(element(endpoints, 'serviceName')).toBe('com.amazonaws.eu-west-1.dynamodb');
    expect(element(endpoints, 'vpcEndpointType')).toBe('Gateway');
    for (const table of ids('AWS::EC2::RouteTable')) expect(endpoints).toContain(table);
    const gateways = await moto.query('ec2', { Action: 'DescribeInternetGateways' });
    expect(gateways).not.toContain(vpc);
    expect(element(await moto.query('ec2', { Action: 'DescribeNatGateways' }), 'natGatewayId')).toBe('');
  });

  function describe(what: string, vpc: string): Promise<string> {
    return moto.query('ec2', {
      Action: `Describe${what}`,
      'Filter.1.Name': 'vpc-id',
      'Filter.1.Value.1': vpc,
    });
  }

  test('opens the read function by a URL that asks IAM', () => {
    const [url, ...others] = told(whole, outputs, 'AWS::Lambda::Url').values();
    expect(others).toEqual([]);
    expect(url).toMatchObject({ AuthType: 'AWS_IAM' });
    const functions = made.filter(({ type }) => type === 'AWS::Lambda::Function');
    const read = functions.find(({ name }) => name.startsWith('SentinelHttpRead'));
    expect(String(url?.['TargetFunctionArn'])).toMatch(new RegExp(`:function:${read?.id}$`));
  });
});
