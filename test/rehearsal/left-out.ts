/**
 * What a CloudFormation that is only imitated cannot make. The template is reduced by these before it is deployed, and
 * what stood in them is told as an output, resolved: whether it leads to what is there can be checked all the same.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const NO_CLASS = 'moto has the service, and no way to it from CloudFormation';

export const LEFT_OUT: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Api': NO_CLASS,
  'AWS::ApiGatewayV2::Integration': NO_CLASS,
  'AWS::ApiGatewayV2::Route': NO_CLASS,
  'AWS::ApiGatewayV2::Stage': NO_CLASS,
  'AWS::CloudWatch::Alarm': NO_CLASS,
  'AWS::Lambda::EventInvokeConfig': NO_CLASS,
  'AWS::Lambda::Url': NO_CLASS,
  'AWS::SQS::QueuePolicy': NO_CLASS,
  'AWS::Scheduler::Schedule': NO_CLASS,
  'Custom::RedisMasters':
    'moto would run the function of it in Docker: the built function is run here in its place',
};

const LISTS =
  'import json; from moto.cloudformation.parsing import get_model_map; print(json.dumps([*get_model_map()]))';

/** The types for which moto's CloudFormation has a class. */
export async function typesOfMoto(python: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(python, ['-c', LISTS]);
  return JSON.parse(stdout) as string[];
}
