/** A stack that was deployed: what CloudFormation says of it. */
import type { Outputs } from './cdk.ts';
import type { Moto } from './moto.ts';
import { type Template, TOLD } from './reduced.ts';

export interface Made {
  readonly name: string;
  readonly type: string;
  /** The physical id: a name, a URL, an ARN or an id, by the type. */
  readonly id: string;
}

export type Properties = Readonly<Record<string, unknown>>;

export async function madeBy(moto: Moto, stack: string): Promise<Made[]> {
  const xml = await moto.query('cloudformation', { Action: 'DescribeStackResources', StackName: stack });
  return [...xml.matchAll(/<member>(.*?)<\/member>/gs)].map(([, member = '']) => ({
    name: element(member, 'LogicalResourceId'),
    type: element(member, 'ResourceType'),
    id: element(member, 'PhysicalResourceId'),
  }));
}

/** Empty where there is none. */
export function element(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
}

/** What stood in the resources that were left out, resolved by CloudFormation; by the name of each. */
export function told(whole: Template, outputs: Outputs, type: string): Map<string, Properties> {
  const names = Object.entries(whole.Resources).filter(([, resource]) => resource.Type === type);
  return new Map(names.map(([name]) => [name, JSON.parse(outputs[`${TOLD}${name}`] ?? '{}') as Properties]));
}
