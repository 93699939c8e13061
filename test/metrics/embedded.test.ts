import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { embeddedMetrics } from '../../src/adapters/system/embedded-metrics.ts';
import { continuousMetrics, deploymentMetrics } from '../../src/adapters/system/metrics-settings.ts';
import { type MetricName, UNITS } from '../../src/core/metrics.ts';
import { pointsIn, readEmf } from './emf.ts';

const AT = Date.UTC(2026, 10, 27, 12);
let lines: string[];

beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('a reading is one line in the embedded metric format', () => {
  test('of a master: a point under its name and one under none', () => {
    const figures = { Failovers: 1, ReplicationLagBytes: 2048 };
    embeddedMetrics('Stack/Sentinel').put({ at: AT, master: 'orders', figures });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
    const point = (dimensions: string, metric: string, unit: string, value: number) => ({
      ...{ namespace: 'LambdaSentinel', at: AT, dimensions, metric, unit, value },
    });
    const [all, one] = ['Deployment=Stack/Sentinel', 'Deployment=Stack/Sentinel, Master=orders'];
    expect(pointsIn(lines)).toEqual([
      point(all, 'Failovers', 'Count', 1),
      point(all, 'ReplicationLagBytes', 'Bytes', 2048),
      point(one, 'Failovers', 'Count', 1),
      point(one, 'ReplicationLagBytes', 'Bytes', 2048),
    ]);
  });

  test('of the deployment: one point, and what stands beside it is no metric', () => {
    const about = { Zone: 'a', Reason: 'no answer\nin time\u2028' };
    embeddedMetrics('Test').put({ at: AT + 0.25, figures: { TableUnreachable: 1 }, about });
    expect(lines[0]).toMatch(/^[\x20-\x7e]*\n$/);
    expect(readEmf(lines[0] ?? '')).toMatchObject({ Zone: 'a', Reason: 'no answer\nin time\u2028' });
    expect(pointsIn(lines)).toEqual([
      {
        ...{ namespace: 'LambdaSentinel', dimensions: 'Deployment=Test', at: AT },
        ...{ metric: 'TableUnreachable', unit: 'Count', value: 1 },
      },
    ]);
  });

  test('with every metric there is', () => {
    const figures = Object.fromEntries(Object.keys(UNITS).map((name) => [name, 1])) as Record<
      MetricName,
      number
    >;
    embeddedMetrics('Test').put({ at: AT, figures });
    expect(new Set(pointsIn(lines).map(({ metric }) => metric)).size).toBe(Object.keys(UNITS).length);
  });
});

test('what the format forbids is noticed by these tests', () => {
  const good = {
    _aws: {
      Timestamp: AT,
      CloudWatchMetrics: [{ Namespace: 'N', Dimensions: [['D']], Metrics: [{ Name: 'M', Unit: 'Count' }] }],
    },
    D: 'd',
    M: 1,
  };
  const [directive] = good._aws.CloudWatchMetrics;
  const having = (change: object) => ({
    ...good,
    _aws: { ...good._aws, CloudWatchMetrics: [{ ...directive, ...change }] },
  });
  expect(readEmf(JSON.stringify(good))).toEqual(good);
  expect(readEmf('{"level":"info"}')).toBeUndefined();
  expect(readEmf('plain text')).toBeUndefined();
  for (const broken of [
    { ...good, _aws: { ...good._aws, Timestamp: '2026' } },
    { ...good, _aws: { Timestamp: AT } },
    { ...good, D: undefined },
    { ...good, D: ':d' },
    { ...good, M: null },
    having({ Namespace: '' }),
    having({ Dimensions: [] }),
    having({ Metrics: [] }),
    having({ Metrics: [{ Name: 'M', Unit: 'Events' }] }),
    having({ Metrics: [{ Name: 'Absent', Unit: 'Count' }] }),
    having({ Other: 1 }),
  ]) {
    expect(() => readEmf(JSON.stringify(broken)), JSON.stringify(broken)).toThrow(
      'not the embedded metric format',
    );
  }
});

describe('the settings', () => {
  test('that are absent measure nothing; with a deployment the worst is told', () => {
    vi.stubEnv('DEPLOYMENT', '');
    vi.stubEnv('CONTINUOUS_METRICS', '');
    expect(deploymentMetrics()).toBeUndefined();
    expect(continuousMetrics()).toBe('worst');
    vi.stubEnv('DEPLOYMENT', 'Stack/My Sentinel');
    deploymentMetrics()?.put({ at: AT, figures: { Failovers: 1 } });
    expect(pointsIn(lines)[0]?.dimensions).toBe('Deployment=Stack/My Sentinel');
  });

  test.each(['worst', 'perMaster', 'none'])('take %s', (choice) => {
    vi.stubEnv('CONTINUOUS_METRICS', choice);
    expect(continuousMetrics()).toBe(choice);
  });

  test.each([':colon', ' ', 'Zürich', 'x'.repeat(1025)])('refuse the deployment "%s"', (deployment) => {
    vi.stubEnv('DEPLOYMENT', deployment);
    expect(deploymentMetrics).toThrow(/^environment variable DEPLOYMENT must be 1 to 1024 signs of ASCII/);
  });

  test('refuse another choice, and name it', () => {
    vi.stubEnv('CONTINUOUS_METRICS', 'all');
    expect(continuousMetrics).toThrow(
      'environment variable CONTINUOUS_METRICS must be one of worst, perMaster, none, not "all"',
    );
  });
});
