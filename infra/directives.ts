/**
 * The directives of a master as props: camelCase, `Duration` where it is a time, sentinel.conf's meaning and
 * defaults.
 */
import type { Duration } from 'aws-cdk-lib';
import { InvalidProp } from './invalid-prop.ts';

export interface DirectiveProps {
  /**
   * How many zones must find the master down before a failover starts (`quorum`). To lead it, a majority of all zones
   * is needed besides.
   * @default - a majority of the zones: 2 of 3
   */
  readonly quorum?: number;
  /**
   * How long a master gives no valid reply before a zone holds it for down (`down-after-milliseconds`).
   *
   * WARNING: shorter than the longest pause your nodes take (fork, AOF rewrite, a slow Lua script) means failovers
   * without a death.
   * @default Duration.seconds(30)
   */
  readonly downAfter?: Duration;
  /**
   * After a failover that failed, twice this long passes until the next one (`failover-timeout`).
   * @default Duration.minutes(3)
   */
  readonly failoverTimeout?: Duration;
  /** How many replicas may synchronize with a new master at once (`parallel-syncs`). @default 1 */
  readonly parallelSyncs?: number;
  /**
   * How long a restarted master may load its data before it is held for down
   * (`master-reboot-down-after-period`).
   * @default - as long as it takes
   */
  readonly masterRebootDownAfterPeriod?: Duration;
  /** What the nodes call commands that were renamed there (`rename-command`). @default - none */
  readonly renameCommand?: Readonly<Record<string, string>>;
  /** Whether nodes may be given, and announce themselves, by name (`resolve-hostnames`). @default false */
  readonly resolveHostnames?: boolean;
  /** Whether clients are told names as names (`announce-hostnames`). @default false */
  readonly announceHostnames?: boolean;
  /**
   * Whether a replica that still hears the master vetoes an automatic failover (`replica-evidence`).
   * @default true
   */
  readonly replicaEvidence?: boolean;
  /**
   * How long a leader may show no life before another zone goes on with its failover (`lease-milliseconds`).
   * @default Duration.seconds(5)
   */
  readonly lease?: Duration;
  /**
   * Time between two looks while something is wrong (`alert-interval-milliseconds`).
   * @default Duration.millis(100)
   */
  readonly alertInterval?: Duration;
  /**
   * Whether a look also writes to the master, so that one that takes no writes is found (`write-probe`).
   * @default false
   */
  readonly writeProbe?: boolean;
  /** The zone whose replicas are promoted before others of the same priority (`prefer-zone`). @default - none */
  readonly preferZone?: string;
  /** The zones of nodes, by `host:port`, that do not tell theirs in INFO (`node-zones`). @default - none */
  readonly nodeZones?: Readonly<Record<string, string>>;
  /**
   * How many replicas a zone must have reached before it starts a failover (`min-replicas-visible`).
   * @default 0
   */
  readonly minReplicasVisible?: number;
  /** Watch and tell, change nothing: for running beside redis-sentinel (`observe-only`). @default false */
  readonly observeOnly?: boolean;
  /** Whether the nodes speak TLS; whom the zones trust is `nodeTls`. @default false */
  readonly tls?: boolean;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

type Kind =
  | ({ readonly kind: 'number' | 'duration' } & Range)
  | { readonly kind: 'yesNo' | 'text' | 'pairs' };

const DAY_MS = 86_400_000;
const yesNo = { kind: 'yesNo' } as const;
const pairs = { kind: 'pairs' } as const;
const number = (min: number, max: number): Kind => ({ kind: 'number', min, max });
const duration = (min: number, max: number): Kind => ({ kind: 'duration', min, max });

/** Ranges stand here so that a deployment need not fail to tell of them; a test holds them to the core's own. */
export const DIRECTIVES: Readonly<Record<keyof DirectiveProps, { readonly directive: string } & Kind>> = {
  quorum: { directive: 'quorum', ...number(1, 1000) },
  downAfter: { directive: 'down-after-milliseconds', ...duration(1, DAY_MS) },
  failoverTimeout: { directive: 'failover-timeout', ...duration(1, DAY_MS) },
  parallelSyncs: { directive: 'parallel-syncs', ...number(1, 1000) },
  masterRebootDownAfterPeriod: { directive: 'master-reboot-down-after-period', ...duration(0, DAY_MS) },
  renameCommand: { directive: 'rename-command', ...pairs },
  resolveHostnames: { directive: 'resolve-hostnames', ...yesNo },
  announceHostnames: { directive: 'announce-hostnames', ...yesNo },
  replicaEvidence: { directive: 'replica-evidence', ...yesNo },
  lease: { directive: 'lease-milliseconds', ...duration(2000, 60_000) },
  alertInterval: { directive: 'alert-interval-milliseconds', ...duration(10, 1000) },
  writeProbe: { directive: 'write-probe', ...yesNo },
  preferZone: { directive: 'prefer-zone', kind: 'text' },
  nodeZones: { directive: 'node-zones', ...pairs },
  minReplicasVisible: { directive: 'min-replicas-visible', ...number(0, 1000) },
  observeOnly: { directive: 'observe-only', ...yesNo },
  tls: { directive: 'tls', ...yesNo },
};

/**
 * By their sentinel.conf names. Yes and no are words: CloudFormation would make the text "true" of a boolean.
 * @param where - the master, as an error names it: `masters[orders]`
 */
export function directivesOf(where: string, props: DirectiveProps): Record<string, unknown> {
  const given = Object.entries(DIRECTIVES).flatMap(([prop, rule]) => {
    const value = props[prop as keyof DirectiveProps];
    return value === undefined ? [] : [[rule.directive, worded(`${where}.${prop}`, rule, value)]];
  });
  return Object.fromEntries(given);
}

function worded(where: string, rule: Kind, value: unknown): unknown {
  switch (rule.kind) {
    case 'yesNo':
      return value === true ? 'yes' : 'no';
    case 'number':
      return within(where, rule, value as number, '');
    case 'duration':
      return within(where, rule, (value as Duration).toMilliseconds({ integral: false }), ' milliseconds');
    case 'text':
    case 'pairs':
      return value;
  }
}

function within(where: string, { min, max }: Range, value: number, unit: string): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new InvalidProp(where, value, `a whole number from ${min} to ${max}${unit}`);
}
