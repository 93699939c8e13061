import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, test } from 'vitest';
import { passwordVariable } from '../../infra/credentials.ts';
import { DIRECTIVES, directivesOf } from '../../infra/directives.ts';
import { DIRECTIVE_NAMES, readDirectives } from '../../src/core/directives.ts';
import { readDeclaration } from '../../src/core/operations/declaration.ts';
import { ORDERS, resources, synthesize, ZONES } from './synthesized.ts';

/** Each directive at a value that is not its default. */
const EVERY = {
  quorum: 3,
  downAfter: Duration.seconds(5),
  failoverTimeout: Duration.minutes(1),
  parallelSyncs: 2,
  masterRebootDownAfterPeriod: Duration.seconds(20),
  renameCommand: { CONFIG: 'cfg' },
  resolveHostnames: true,
  announceHostnames: true,
  replicaEvidence: false,
  lease: Duration.seconds(6),
  alertInterval: Duration.millis(200),
  writeProbe: true,
  preferZone: 'eu-west-1b',
  nodeZones: { '10.0.1.10:6379': 'eu-west-1a' },
  minReplicasVisible: 1,
  observeOnly: true,
  tls: true,
};

function declared(props: Parameters<typeof synthesize>[0]) {
  const [resource] = Object.values(resources(synthesize(props).template, 'Custom::RedisMasters'));
  return resource?.Properties as {
    Masters: { directives: object }[];
    Zones: string[];
    ServiceToken: unknown;
  };
}

describe('the masters', () => {
  const { Masters, Zones, ServiceToken } = declared({
    masters: [
      ORDERS,
      { name: 'sessions', host: 'redis-1.internal', port: 6380, replicas: ['[fd00::2]:6380'], ...EVERY },
    ],
  });

  test('are given to the configure function, with the zones', () => {
    expect(Zones).toEqual([...ZONES]);
    expect(JSON.stringify(ServiceToken)).toContain('Provider');
    expect(Masters[0]).toEqual({ name: 'orders', host: '10.0.1.10', port: 6379, directives: { quorum: 2 } });
    expect(Masters[1]).toMatchObject({ host: 'redis-1.internal', port: 6380, replicas: ['[fd00::2]:6380'] });
  });

  test('have every directive under its name in sentinel.conf', () => {
    expect(Masters[1]?.directives).toEqual({
      quorum: 3,
      'down-after-milliseconds': 5000,
      'failover-timeout': 60_000,
      'parallel-syncs': 2,
      'master-reboot-down-after-period': 20_000,
      'rename-command': { CONFIG: 'cfg' },
      'resolve-hostnames': 'yes',
      'announce-hostnames': 'yes',
      'replica-evidence': 'no',
      'lease-milliseconds': 6000,
      'alert-interval-milliseconds': 200,
      'write-probe': 'yes',
      'prefer-zone': 'eu-west-1b',
      'node-zones': { '10.0.1.10:6379': 'eu-west-1a' },
      'min-replicas-visible': 1,
      'observe-only': 'yes',
      tls: 'yes',
    });
  });

  test('are understood by the configure function, as text as CloudFormation hands them over', () => {
    const handedOver = JSON.parse(
      JSON.stringify({ Masters, Zones }, (_key, value: unknown) =>
        typeof value === 'number' || typeof value === 'boolean' ? String(value) : value,
      ),
    ) as object;
    expect(readDeclaration(handedOver, {})).toMatchObject({ ok: true });
  });
});

describe('the directives as props', () => {
  test('are all that the core knows, but for user and password, which are the credentials', () => {
    const names = Object.values(DIRECTIVES).map(({ directive }) => directive);
    expect([...names, 'auth-user', 'auth-pass'].sort()).toEqual([...DIRECTIVE_NAMES].sort());
  });

  const ranges = Object.entries(DIRECTIVES).flatMap(([prop, rule]) =>
    'min' in rule ? [[prop, rule.directive, rule.kind, rule.min, rule.max] as const] : [],
  );

  test.each(ranges)('%s has the range of %s', (prop, directive, kind, min, max) => {
    const propOf = (value: number) => ({ [prop]: kind === 'duration' ? Duration.millis(value) : value });
    const core = (value: number) => readDirectives({ quorum: 2, [directive]: value }).ok;
    for (const value of [min, max]) {
      expect(directivesOf('masters[m]', propOf(value))).toEqual({ [directive]: value });
      expect(core(value)).toBe(true);
    }
    for (const value of [min - 1, max + 1].filter((value) => value >= 0)) {
      expect(() => directivesOf('masters[m]', propOf(value))).toThrow(`masters[m].${prop} is ${value}`);
      expect(core(value)).toBe(false);
    }
  });
});

describe('credentials', () => {
  const { template } = synthesize((stack) => ({
    masters: [
      {
        ...ORDERS,
        credentials: {
          secret: Secret.fromSecretNameV2(stack, 'Secret', 'redis/orders'),
          passwordField: 'password',
          versionId: 'v2',
          username: 'sentinel',
        },
      },
    ],
    nodeTls: { secret: Secret.fromSecretNameV2(stack, 'Tls', 'redis/tls') },
  }));

  test('are references in the sentinels’ environment, and in no other function’s', () => {
    const holders = Object.values(resources(template, 'AWS::Lambda::Function')).filter(({ Properties }) =>
      JSON.stringify(Properties).includes('{{resolve:secretsmanager'),
    );
    expect(holders.map(({ Properties }) => Properties['Handler'])).toEqual(Array(3).fill('sentinel.handler'));
    const text = JSON.stringify(holders[0]?.Properties['Environment']);
    expect(text).toMatch(/AUTH_PASS_orders.*:secret:redis\/orders:SecretString:password::v2}}/);
    expect(text).toMatch(/REDIS_TLS.*:secret:redis\/tls:SecretString:::}}/);
  });

  test('are told to the configure function by the variable’s name alone', () => {
    template.hasResourceProperties('Custom::RedisMasters', {
      Masters: [
        Match.objectLike({
          directives: { quorum: 2, 'auth-user': 'sentinel', 'auth-pass': 'env:AUTH_PASS_orders' },
        }),
      ],
    });
  });

  test('let no function read the secret itself', () => {
    expect(JSON.stringify(template.toJSON())).not.toContain('secretsmanager:GetSecretValue');
  });
});

describe('credentials that are read at run time', () => {
  const { template } = synthesize((stack) => {
    const secret = Secret.fromSecretNameV2(stack, 'Secret', 'redis/orders');
    const credentials = { secret, readAt: 'run-time', passwordField: 'password' } as const;
    return {
      dynamoPrefixListId: 'pl-1',
      masters: [
        { ...ORDERS, credentials },
        { ...ORDERS, name: 'carts', host: '10.0.2.10', credentials: { secret, readAt: 'run-time' } },
      ],
    };
  });

  test('are told by the secret’s ARN, and stand in no environment', () => {
    const text = JSON.stringify(template.toJSON());
    expect(text).not.toContain('{{resolve:secretsmanager');
    expect(text).not.toContain('AUTH_PASS');
    const [masters] = Object.values(resources(template, 'Custom::RedisMasters'));
    const directives = JSON.stringify(masters?.Properties['Masters']);
    expect(directives).toMatch(
      /"auth-pass":\{"Fn::Join":\["",\["secret:arn:".*:secret:redis\/orders:password::"/,
    );
    expect(directives).toMatch(/:secret:redis\/orders"\]/);
  });

  test('may be read by the sentinels’ roles alone, and nothing else of Secrets Manager', () => {
    const policies = Object.values(resources(template, 'AWS::IAM::Policy')).map(
      ({ Properties }) => Properties,
    );
    const readers = policies.filter((policy) => JSON.stringify(policy).includes('secretsmanager:'));
    expect(readers).toHaveLength(3);
    for (const reader of readers) {
      expect(JSON.stringify(reader['Roles'])).toMatch(/Sentinel-?eu/i);
      const { Statement } = reader['PolicyDocument'] as {
        Statement: { Action: unknown; Resource: unknown }[];
      };
      const [statement, ...others] = Statement.filter((one) =>
        JSON.stringify(one.Action).includes('secrets'),
      );
      expect(others).toEqual([]);
      expect(statement?.Action).toBe('secretsmanager:GetSecretValue');
      expect(JSON.stringify(statement?.Resource)).toMatch(
        /secret:redis\/orders"\]\]\},.*secret:redis\/orders-\?{6}"/,
      );
    }
  });

  test('are reached through an endpoint in the networks', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: Match.arrayWith([
        Match.objectLike({ CidrIp: '10.0.0.0/16', FromPort: 443, ToPort: 443 }),
      ]),
    });
  });

  test('are asked for in words that are known', () => {
    const credentials = { secret: { secretArn: 'arn:x' }, readAt: 'later' as 'run-time' };
    expect(() => synthesize({ masters: [{ ...ORDERS, credentials }] })).toThrow(
      'credentials.readAt is "later": allowed is',
    );
  });
});

test('two names never share a variable, and each is one that an environment takes', () => {
  const names = [
    'orders',
    'Orders',
    'a.b',
    'a-b',
    'a_b',
    'a_2Eb',
    `${'x'.repeat(127)}.`,
    `${'x'.repeat(127)}-`,
  ];
  const variables = names.map(passwordVariable);
  expect(new Set(variables).size).toBe(names.length);
  for (const variable of variables) expect(variable).toMatch(/^[A-Za-z][A-Za-z0-9_]{0,127}$/);
});

test('the authority of the nodes travels beside the code of the sentinels', () => {
  const ca = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const { template } = synthesize({ nodeTls: { ca, servername: 'redis.internal' } });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Handler: 'sentinel.handler',
    Environment: {
      Variables: Match.objectLike({
        REDIS_TLS: '{"ca":"file:/var/task/nodes-ca.pem","servername":"redis.internal"}',
      }),
    },
  });
});
