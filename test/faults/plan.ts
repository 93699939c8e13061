/** What happens in a round, drawn by chance that can be repeated: the same seed gives the same plans. */
import { STEPS } from '../local/kills.ts';
import type { Way, Weather } from './door.ts';
import { Draw } from './draw.ts';
import { describe, type Fault, NODES, type NodeRole, type Trouble } from './fault.ts';

export const ZONES = 3;

export interface Planned {
  /** Since the round's start. */
  readonly afterMs: number;
  readonly fault: Fault;
}

export interface Plan {
  readonly round: number;
  /** In the order of their beginning. */
  readonly faults: readonly Planned[];
  /** Since the round's start: then all of them are lifted. */
  readonly liftedAfterMs: number;
}

const FAULTS_MAX = 3;
const BEGIN_MS_MAX = 1500;
const HOLD_MS = { min: 1500, max: 8000 };
/** S_DOWN, O_DOWN and the election of a healthy fleet fit in it several times. */
const DUE_MS = 4500;

/** @param seed - of the whole run; each round draws its own numbers from it, so that one can be replayed alone */
export function drawPlan(seed: number, round: number): Plan {
  const draw = new Draw(Math.imul(seed, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b));
  const faults: Planned[] = [];
  const count = draw.between(1, FAULTS_MAX);
  while (faults.length < count) {
    const afterMs = draw.between(0, BEGIN_MS_MAX);
    faults.push(...drawFault(draw, sparedZone(seed)).map((fault) => ({ afterMs, fault })));
  }
  const order = faults.toSorted((a, b) => a.afterMs - b.afterMs);
  const lastMs = order.at(-1)?.afterMs ?? 0;
  return { round, faults: order, liftedAfterMs: lastMs + draw.between(HOLD_MS.min, HOLD_MS.max) };
}

/** A run's zone that no plan kills, so that one process lives through all of it and its memory can be watched. */
export function sparedZone(seed: number): number {
  return seed % ZONES;
}

/** Nothing but its master is in trouble, and for so long that a failover must have come. */
export function callsForFailover({ faults, liftedAfterMs }: Plan): boolean {
  const atMaster = faults.filter(({ fault }) => 'node' in fault && fault.node === 'the master');
  const harmless = ['no wakes', 'endpoint'];
  const others = faults.filter((one) => !atMaster.includes(one) && !harmless.includes(one.fault.kind));
  const [first] = atMaster;
  return others.length === 0 && first !== undefined && liftedAfterMs - first.afterMs >= DUE_MS;
}

/** Of sentinels that never fail over by themselves nothing else would tell: no write of theirs is wrong. */
export function overdue(plan: Plan, switches: readonly string[]): string[] {
  if (!callsForFailover(plan) || switches.length > 0) return [];
  return [
    `a failover was due and did not come: nothing but the master was in trouble, for ${DUE_MS} ms and longer`,
  ];
}

export function tellPlan({ round, faults, liftedAfterMs }: Plan): string {
  const told = faults.map(({ afterMs, fault }) => `${afterMs} ms ${describe(fault)}`);
  return `round ${round}: ${told.join('; ')}; lifted after ${liftedAfterMs} ms`;
}

/** With what must come with it: a step of a failover is reached only if something starts one. */
function drawFault(draw: Draw, spared: number): Fault[] {
  const drawn = draw.between(1, 20);
  if (drawn <= 4) return [{ kind: draw.one(['node killed', 'node hung']), node: 'the master' }];
  if (drawn <= 6) return [{ kind: draw.one(['node killed', 'node hung']), node: draw.one(NODES) }];
  if (drawn <= 8) return [drawZone(draw, spared)];
  if (drawn <= 11) {
    const at: Fault = { kind: draw.one(['leader killed', 'leader hung']), step: draw.one(STEPS) };
    return [at, drawTrigger(draw)];
  }
  if (drawn <= 14) return [drawPath(draw)];
  if (drawn <= 15) return [{ kind: 'replication', nodes: drawNodes(draw), weather: drawWeather(draw) }];
  if (drawn <= 17) return [{ kind: 'agreement', zones: drawZones(draw), trouble: drawTrouble(draw) }];
  if (drawn <= 18)
    return [draw.chance(0.5) ? { kind: 'no wakes' } : { kind: 'endpoint', trouble: drawTrouble(draw) }];
  return [{ kind: 'asked', how: draw.one(['coordinated', 'coordinated', 'forced']) }];
}

function drawTrigger(draw: Draw): Fault {
  if (draw.chance(0.3)) return { kind: 'asked', how: draw.one(['coordinated', 'forced']) };
  return { kind: draw.one(['node killed', 'node hung']), node: 'the master' };
}

function drawZone(draw: Draw, spared: number): Fault {
  const zone = draw.between(0, ZONES - 1);
  if (zone === spared) return { kind: 'zone hung', zone };
  return { kind: draw.one(['zone killed', 'zone gone', 'zone hung']), zone };
}

function drawPath(draw: Draw): Fault {
  const between = { zones: drawZones(draw), nodes: drawNodes(draw) };
  if (draw.chance(0.15)) return { kind: 'path cut', ...between };
  return { kind: 'path', ...between, weather: drawWeather(draw) };
}

/** One of them, or two, or all. */
function drawZones(draw: Draw): number[] {
  const first = draw.between(0, ZONES - 1);
  return Array.from({ length: draw.between(1, ZONES) }, (_, i) => (first + i) % ZONES);
}

function drawNodes(draw: Draw): NodeRole[] {
  return draw.chance(0.25) ? [...NODES] : [draw.one(NODES)];
}

function drawWeather(draw: Draw): Weather {
  const way = draw.one<Way | 'both'>(['there', 'back', 'both']);
  return draw.one<Weather>([
    { kind: 'refuses' },
    { kind: 'silent', way },
    { kind: 'silent', way },
    { kind: 'slow', delayMs: draw.between(20, 400) },
  ]);
}

function drawTrouble(draw: Draw): Trouble {
  return draw.one<Trouble>([
    { kind: 'refuses' },
    { kind: 'throttles' },
    { kind: 'is cut' },
    { kind: 'is silent' },
    { kind: 'loses replies' },
    { kind: 'slow', delayMs: draw.between(50, 900) },
    { kind: 'wrong clock', aheadMs: draw.one([-5000, 5000]) },
  ]);
}
