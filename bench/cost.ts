/**
 * `npm run bench:cost`: what a fleet costs a month, before free tiers, from how often each part runs and what
 * AWS asks for it (eu-west-1, November 2026). Three zones, one master with two replicas, nothing happening.
 */

const MONTH_S = 30.4 * 86_400;
const ZONES = 3;

/** In US dollars. */
const PRICE = {
  invocation: 0.2e-6,
  /** arm64. */
  gbSecond: 1.33334e-5,
  sqsRequest: 0.4e-6,
  schedule: 1e-6,
  /** Of 1 KB, and of 4 KB, read consistently. */
  write: 0.625e-6,
  read: 0.125e-6,
  /** Between zones, out of one and into the other. */
  crossGb: 0.02,
};

/** Measured: test/runtime prints what a warm pulse and a slot take at a function's share of a CPU. */
const TAKES_S = { pulse: 0.025, slot: 0.05, seeding: 1 };
const MEMORY_GB = { sentinel: 512 / 1024, pacemaker: 128 / 1024 };
/** A calm zone reads the whole view (below 8 KB) this often, and writes that it is there. */
const REREAD_S = 10;
const HEARTBEAT_S = 30;
/** A slot's message is sent with nine others, received and deleted; an idle queue is asked by five pollers for 20 s each. */
const REQUESTS_PER_MESSAGE = 2.1;
const IDLE_POLLS_PER_S = 5 / 20;

/** Of a node and look, headers included: PING, `INFO replication`, and every tenth second all of INFO. */
const LOOK_GB = 1.3e-6;
const NODES_ELSEWHERE = 2;

interface Bill {
  readonly [part: string]: number;
}

function run(seconds: number, gb: number): number {
  return PRICE.invocation + seconds * gb * PRICE.gbSecond;
}

export function monthly(pulseS: number, stagger: boolean): Bill {
  const slots = MONTH_S / pulseS;
  const waitS = stagger ? (pulseS * (ZONES - 1)) / ZONES : 0;
  const together = waitS <= 1;
  const messages = together ? slots : slots * ZONES;
  const minutes = MONTH_S / 60;
  const looks = slots * ZONES * run(TAKES_S.pulse, MEMORY_GB.sentinel);
  const table =
    (ZONES * MONTH_S * 2 * PRICE.read) / Math.max(REREAD_S, pulseS) +
    (ZONES * MONTH_S * PRICE.write) / Math.max(HEARTBEAT_S, pulseS);
  const bytes = slots * ZONES * NODES_ELSEWHERE * LOOK_GB * PRICE.crossGb;
  if (pulseS === 60) {
    return { looks, pacemaker: 0, queue: 0, schedule: minutes * ZONES * PRICE.schedule, table, bytes };
  }
  const slotS = TAKES_S.slot + (together ? waitS : 0);
  return {
    looks,
    pacemaker:
      messages * run(slotS, MEMORY_GB.pacemaker) + minutes * run(TAKES_S.seeding, MEMORY_GB.pacemaker),
    queue: (messages * REQUESTS_PER_MESSAGE + MONTH_S * IDLE_POLLS_PER_S) * PRICE.sqsRequest,
    schedule: minutes * PRICE.schedule,
    table: table + minutes * (2 * PRICE.write + PRICE.read),
    bytes,
  };
}

const dollars = (amount: number) => `$${amount.toFixed(2)}`.padStart(8);

export function print(): void {
  console.log(
    `${'pulse'.padEnd(16)}${['looks', 'pacemaker', 'queue', 'schedule', 'table', 'bytes', 'all'].map((part) => part.padStart(10)).join('')}`,
  );
  for (const [pulseS, stagger] of [
    [1, false],
    [1, true],
    [5, false],
    [5, true],
    [60, false],
  ] as const) {
    const bill = monthly(pulseS, stagger);
    const all = Object.values(bill).reduce((sum, part) => sum + part, 0);
    const name = `${pulseS} s${stagger ? ', staggered' : ''}`.padEnd(16);
    console.log(name + [...Object.values(bill), all].map((amount) => dollars(amount).padStart(10)).join(''));
  }
}

print();
