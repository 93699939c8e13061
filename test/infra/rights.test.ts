import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, test } from 'vitest';
import { actionsOf, resources, statementsOf, synthesize, tableRights } from './synthesized.ts';

const { template } = synthesize();
const sealed = synthesize((stack) => ({ secretsKey: new Secret(stack, 'Key') })).template;

const ROLES = {
  sentinel: 'SentinelSentineleuwest1aRole',
  pacemaker: 'SentinelPacemakerFunctionRole',
  relay: 'SentinelRelayFunctionRole',
  read: 'SentinelHttpReadRole',
  operate: 'SentinelHttpOperateRole',
  configure: 'SentinelConfigurationFunctionRole',
};

describe('of the table', () => {
  test.each([
    [
      'sentinel',
      [
        'dynamodb:GetItem MASTER#* SENTINELS DIRECTORY',
        'dynamodb:Query MASTER#* SENTINELS DIRECTORY',
        'dynamodb:PutItem MASTER#* SENTINELS',
      ],
    ],
    ['pacemaker', ['dynamodb:GetItem PACEMAKER', 'dynamodb:PutItem PACEMAKER']],
    ['relay', ['dynamodb:GetItem MASTER#*', 'dynamodb:PutItem EVENTS#*']],
    [
      'read',
      [
        'dynamodb:GetItem MASTER#* SENTINELS DIRECTORY EVENTS#*',
        'dynamodb:Query MASTER#* SENTINELS DIRECTORY EVENTS#*',
      ],
    ],
    [
      'operate',
      [
        'dynamodb:GetItem MASTER#* SENTINELS DIRECTORY EVENTS#*',
        'dynamodb:Query MASTER#* SENTINELS DIRECTORY EVENTS#*',
        'dynamodb:PutItem MASTER#* DIRECTORY',
        'dynamodb:DeleteItem DIRECTORY',
      ],
    ],
    [
      'configure',
      [
        'dynamodb:GetItem MASTER#* SENTINELS DIRECTORY',
        'dynamodb:Query MASTER#* SENTINELS DIRECTORY',
        'dynamodb:PutItem MASTER#* DIRECTORY',
        'dynamodb:DeleteItem DIRECTORY',
      ],
    ],
  ] as const)('%s has its own part', (name, rights) => {
    expect(tableRights(template, ROLES[name])).toEqual(rights);
  });

  test('the passwords are read by none without the key, and then by those that hold it', () => {
    expect(JSON.stringify(template.toJSON())).not.toContain('"SECRETS"');
    const holders = Object.entries(ROLES).filter(([, role]) =>
      tableRights(sealed, role).some((right) => right.endsWith('SECRETS')),
    );
    expect(holders.map(([name]) => name)).toEqual(['sentinel', 'operate', 'configure']);
    expect(tableRights(sealed, ROLES.sentinel)).not.toContain('dynamodb:PutItem SECRETS');
    const keys = Object.values(resources(sealed, 'AWS::Lambda::Function')).filter(({ Properties }) =>
      JSON.stringify(Properties['Environment']).includes('SECRETS_KEY'),
    );
    expect(keys.map(({ Properties }) => Properties['Handler']).sort()).toEqual([
      'configure.handler',
      'operate.handler',
      'sentinel.handler',
      'sentinel.handler',
      'sentinel.handler',
    ]);
  });

  test('only the relay reads its stream', () => {
    const readers = Object.entries(ROLES).filter(([, role]) =>
      actionsOf(template, role).includes('dynamodb:GetRecords'),
    );
    expect(readers.map(([name]) => name)).toEqual(['relay']);
  });
});

describe('beside the table', () => {
  test.each([
    ['sentinel', ['ec2', 'logs']],
    ['pacemaker', ['lambda', 'logs', 'sqs']],
    ['relay', ['lambda', 'logs', 'sqs']],
    ['read', ['logs']],
    ['operate', ['logs']],
    ['configure', ['logs']],
  ] as const)('%s may use no other service than it needs', (name, services) => {
    const used = new Set(actionsOf(template, ROLES[name]).map((action) => action.split(':')[0]));
    used.delete('dynamodb');
    expect([...used].sort()).toEqual([...services]);
  });

  test('each function writes its own log, and creates none', () => {
    for (const role of Object.values(ROLES)) {
      const [log] = statementsOf(template, role).filter(({ Action }) =>
        [Action].flat().includes('logs:PutLogEvents'),
      );
      expect(log?.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
      expect(JSON.stringify(log?.Resource)).toMatch(/Fn::GetAtt.*Logs/);
    }
  });

  test('pacemaker and relay may wake the three zones and nobody else', () => {
    for (const role of [ROLES.pacemaker, ROLES.relay]) {
      const [wake] = statementsOf(template, role).filter(({ Action }) => Action === 'lambda:InvokeFunction');
      const targets = ((wake?.Resource ?? []) as { 'Fn::GetAtt': string[] }[]).map(
        (arn) => arn['Fn::GetAtt'][0],
      );
      expect(targets).toEqual([
        expect.stringContaining('euwest1a'),
        expect.stringContaining('euwest1b'),
        expect.stringContaining('euwest1c'),
      ]);
    }
  });

  test('what Lambda needs for the VPC is on every resource, and denied to the function’s own code', () => {
    const [allowed, denied] = statementsOf(template, ROLES.sentinel).filter(
      ({ Resource }) => Resource === '*',
    );
    expect(denied).toEqual({
      Effect: 'Deny',
      Action: allowed?.Action,
      Resource: '*',
      Condition: { ArnLike: { 'lambda:SourceFunctionArn': 'arn:*:lambda:*:*:function:*' } },
    });
  });
});

describe('in all of the template', () => {
  test('no role has a policy of AWS’ own', () => {
    for (const { Properties } of Object.values(resources(template, 'AWS::IAM::Role'))) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });

  test('no action is a pattern, and only the network interfaces’ resource is everything', () => {
    const statements = statementsOf(template, '').filter(({ Effect }) => Effect === 'Allow');
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    const onEverything = statements.filter(({ Resource }) => [Resource].flat().includes('*'));
    expect(
      onEverything.flatMap(({ Action }) => Action).filter((action) => !action.startsWith('ec2:')),
    ).toEqual([]);
    expect(onEverything.length).toBe(3);
  });
});
