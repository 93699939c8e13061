/**
 * Lines of a log as CloudWatch reads them: those in the embedded metric format are held to the JSON schema and the rules
 * of its specification, and become data points.
 */

export interface DataPoint {
  readonly namespace: string;
  /** `Deployment=Test, Master=orders` */
  readonly dimensions: string;
  readonly metric: string;
  readonly unit: string;
  readonly value: number;
  readonly at: number;
}

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit?: string }[];
}

const UNITS = new Set(
  `Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits Megabits Gigabits
  Terabits Percent Count Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second Bits/Second
  Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second Count/Second None`.split(/\s+/),
);

/** @returns undefined for a line that is no metric. @throws Error that names the broken rule */
export function readEmf(line: string): Record<string, unknown> | undefined {
  const root = object(line, '_aws');
  if (!root) return undefined;
  const metadata = root['_aws'] as Record<string, unknown>;
  rule(line, isObject(metadata), '_aws is an object');
  rule(line, Number.isInteger(metadata['Timestamp']), 'Timestamp is an integer, in milliseconds');
  rule(line, Array.isArray(metadata['CloudWatchMetrics']), 'CloudWatchMetrics is an array');
  for (const directive of metadata['CloudWatchMetrics'] as unknown[]) checkDirective(line, root, directive);
  return root;
}

/** @returns a point for each metric, under each of its sets of dimensions */
export function pointsIn(lines: readonly string[]): DataPoint[] {
  return lines.flatMap((line) => {
    const root = readEmf(line);
    if (!root) return [];
    const { Timestamp: at, CloudWatchMetrics } = root['_aws'] as {
      Timestamp: number;
      CloudWatchMetrics: readonly Directive[];
    };
    return CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
      Dimensions.flatMap((set) =>
        Metrics.map(({ Name: metric, Unit: unit = 'None' }) => {
          const dimensions = set.map((name) => `${name}=${root[name]}`).join(', ');
          return { namespace, dimensions, metric, unit, value: root[metric] as number, at };
        }),
      ),
    );
  });
}

/** The sum of each metric under one set of dimensions. */
export function sumsOf(points: readonly DataPoint[], dimensions: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { dimensions: found, metric, value } of points) {
    if (found === dimensions) sums[metric] = (sums[metric] ?? 0) + value;
  }
  return sums;
}

function checkDirective(line: string, root: Record<string, unknown>, directive: unknown): void {
  rule(line, isObject(directive), 'a directive is an object');
  const { Namespace, Dimensions, Metrics, ...others } = directive as Record<string, unknown>;
  rule(line, Object.keys(others).length === 0, 'a directive has no other members');
  rule(
    line,
    isText(Namespace, 256) && /^[\w.\-/#:]+$/.test(Namespace) && !Namespace.startsWith('AWS/'),
    'Namespace',
  );
  rule(line, Array.isArray(Dimensions) && Dimensions.length > 0, 'Dimensions has a set');
  for (const set of Dimensions as unknown[]) {
    rule(line, Array.isArray(set) && set.length <= 30, 'a set has at most 30 dimensions');
    for (const name of set as unknown[]) checkDimension(line, root, name);
  }
  rule(line, Array.isArray(Metrics) && Metrics.length > 0 && Metrics.length <= 100, '1 to 100 metrics');
  for (const metric of Metrics as unknown[]) checkMetric(line, root, metric);
}

function checkDimension(line: string, root: Record<string, unknown>, name: unknown): void {
  rule(line, isText(name, 250), 'a dimension has a name');
  const value = root[name as string];
  rule(
    line,
    isText(value, 1024) && /^(?!:)(?=.*\S)[\x20-\x7e]+$/.test(value),
    `${name} has a value that CloudWatch takes`,
  );
}

function checkMetric(line: string, root: Record<string, unknown>, metric: unknown): void {
  rule(line, isObject(metric), 'a metric is an object');
  const { Name, Unit, ...others } = metric as Record<string, unknown>;
  rule(line, Object.keys(others).length === 0, 'a metric has a name and a unit');
  rule(line, isText(Name, 1024), 'a metric has a name');
  rule(line, typeof Unit === 'string' && UNITS.has(Unit), `${Name} has one of CloudWatch's units`);
  rule(line, Number.isFinite(root[Name as string]), `${Name} has a number`);
}

function rule(line: string, holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`not the embedded metric format: ${what}, in ${line}`);
}

function object(line: string, member: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) && member in value ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown, length: number): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= length;
}
