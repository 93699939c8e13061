/** What happens to our zones, to the table as they see it, and what operators ask: faults that only we can have. */
import { randomUUID } from 'node:crypto';
import type { Stack } from '../../src/local/stack.ts';
import { functionNameOf, RELAY } from '../../src/local/stack-functions.ts';
import type { Fault as TableFault } from '../../src/local/table-faults.ts';
import { atStep, type Step } from '../local/kills.ts';
import type { Fault, Trouble } from './fault.ts';
import type { GroupFault } from './group-faults.ts';
import type { Lift } from './subject.ts';
import { hung, killed } from './zones.ts';

/** As the stack's own client signs: it is the endpoint's and the operator's. */
const ENDPOINT = 'stack';
const NOTHING: Lift = async () => {};

/** @param spared - the zone that must live: it is stopped where another would be killed */
export async function beginInStack(
  stack: Stack,
  spared: string,
  fault: Exclude<Fault, GroupFault>,
): Promise<Lift> {
  switch (fault.kind) {
    case 'zone killed':
    case 'zone gone':
      return killed(stack, zoneOf(stack, fault.zone), fault.kind === 'zone gone');
    case 'zone hung':
      return hung(stack, zoneOf(stack, fault.zone), true);
    case 'leader killed':
    case 'leader hung':
      return armAt(stack, fault.step, (leader) => {
        const strike = fault.kind === 'leader killed' && leader !== spared ? killed : hung;
        return strike(stack, leader, false);
      });
    case 'agreement': {
      const callers = fault.zones.map((zone) => functionNameOf(zoneOf(stack, zone)));
      return tableFails(stack, callers, fault.trouble);
    }
    case 'endpoint':
      return tableFails(stack, [ENDPOINT], fault.trouble);
    case 'no wakes':
      stack.functions.disable(RELAY);
      return async () => stack.functions.enable(RELAY);
    case 'asked':
      return ask(stack, fault.how === 'coordinated');
  }
}

async function armAt(stack: Stack, step: Step, strike: (leader: string) => Promise<Lift>): Promise<Lift> {
  const lifts: Lift[] = [];
  const disarm = atStep(
    stack,
    step,
    async (leader) => {
      lifts.push(await strike(leader));
    },
    () => {}, // it was to be promoted, and another fault kept it from that
  );
  return async () => {
    disarm();
    for (const lift of lifts) await lift();
  };
}

async function tableFails(stack: Stack, callers: readonly string[], trouble: Trouble): Promise<Lift> {
  const clear = callers.map((caller) => stack.table.fault({ caller, fault: tableFault(trouble) }));
  return async () => {
    for (const one of clear) one();
  };
}

/** It may be refused, with the master down or a failover open; or the operator is cut off from the table. */
async function ask(stack: Stack, coordinated: boolean): Promise<Lift> {
  const request = { id: randomUUID(), coordinated };
  await stack.operator.failover(stack.name, request, 'faults').catch(() => {});
  return NOTHING;
}

function zoneOf({ zones }: Stack, zone: number): string {
  const found = zones[zone];
  if (found === undefined) throw new Error(`there is no zone ${zone}`);
  return found;
}

function tableFault(trouble: Trouble): TableFault {
  switch (trouble.kind) {
    case 'refuses':
      return { kind: 'refuse' };
    case 'throttles':
      return { kind: 'throttle' };
    case 'is cut':
      return { kind: 'cut' };
    case 'is silent':
      return { kind: 'hang' };
    case 'loses replies':
      return { kind: 'loseReply' };
    case 'slow':
      return { kind: 'delay', delayMs: trouble.delayMs };
    case 'wrong clock':
      return { kind: 'clock', aheadMs: trouble.aheadMs };
  }
}
