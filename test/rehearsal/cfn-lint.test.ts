import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cfnLint, type Finding } from './cfn-lint.ts';
import { PATIENCE_MS, withPythonTools } from './python-tools.ts';
import { temporaryFolder } from './ready-stack.ts';
import { templates } from './variants.ts';

/** What is so on purpose, by its rule. */
const ACCEPTED: Readonly<Record<string, string>> = {
  W3005:
    'CDK lets a function wait for its role’s policies as well as for its role: more than is needed, and harmless',
  W3010:
    'a zone is named in the settings, for there is one sentinel for each: a subnet that came elsewhere would be wrong',
};

const ALL_TEMPLATES = templates();

interface Planted {
  readonly Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
}

/** One fault of each kind: a property that is misspelt, a value out of its bounds, a reference to nothing. */
function plantedFault(file: string): string {
  const template = JSON.parse(readFileSync(file, 'utf8')) as Planted;
  const of = (type: string) =>
    Object.values(template.Resources).find(({ Type }) => Type === type)?.Properties;
  Object.assign(of('AWS::DynamoDB::Table') ?? {}, { TimeToLive: { AttributeName: 'ttl', Enabled: true } });
  Object.assign(of('AWS::Lambda::Function') ?? {}, { Timeout: 901 });
  Object.assign(of('AWS::SQS::QueuePolicy') ?? {}, { Queues: [{ Ref: 'NoSuchQueue' }] });
  const planted = join(temporaryFolder('planted'), 'planted.template.json');
  writeFileSync(planted, JSON.stringify(template));
  return planted;
}

withPythonTools('cfn-lint', (python) => {
  const [anyTemplate = ''] = ALL_TEMPLATES.values();
  const planted = plantedFault(anyTemplate);
  let findings: readonly Finding[] = [];

  beforeAll(async () => {
    findings = await cfnLint(python, [...ALL_TEMPLATES.values(), planted]);
  }, PATIENCE_MS);

  test.each([...ALL_TEMPLATES])('finds nothing amiss in %s', (_name, file) => {
    const amiss = findings.filter((finding) => finding.file === file && !(finding.rule in ACCEPTED));
    expect(amiss.map(({ rule, path, message }) => `${rule} ${path}: ${message}`)).toEqual([]);
  });

  test('would have found a fault', () => {
    const found = findings.filter(({ file, rule }) => file === planted && !(rule in ACCEPTED));
    const told = found.map(({ rule, path }) => `${rule} ${path.split('/').at(-1)}`).sort();
    expect(told).toEqual(['E1020 Ref', 'E3002 TimeToLive', 'E3717 Timeout']);
  });

  test.each(Object.keys(ACCEPTED))('%s, which is accepted, is still found', (rule) => {
    expect(findings.filter((finding) => finding.rule === rule && finding.file !== planted)).not.toEqual([]);
  });
});

describe('the templates', () => {
  test('are of every kind of deployment', () => {
    const types = [...ALL_TEMPLATES.values()].flatMap((file) => {
      const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as Planted;
      return Object.values(Resources).map(({ Type }) => Type);
    });
    expect([...new Set(types)]).toEqual(
      expect.arrayContaining([
        'AWS::ApiGatewayV2::Api',
        'AWS::CloudWatch::Dashboard',
        'AWS::EC2::VPC',
        'AWS::Lambda::Url',
        'AWS::Scheduler::Schedule',
        'Custom::RedisMasters',
      ]),
    );
  });
});
