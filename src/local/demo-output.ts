/** What the demo prints. */
import { type MasterState, nodeId } from '../core/model.ts';
import type { LocalEvent } from './events.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { Stack } from './stack.ts';

/** Each event once, with the zone that wrote it, in milliseconds since the kill. */
export class Timeline {
  #killedAt: number | undefined;

  begin(what: string, at: number): void {
    this.#killedAt = at;
    say(`${stamp(0)}  ${what}`);
  }

  event({ at, by, type, payload }: LocalEvent): void {
    if (this.#killedAt === undefined) return;
    say(`${stamp(at - this.#killedAt)}  zone ${by}  ${type} ${payload}`);
  }
}

function stamp(ms: number): string {
  return `${String(Math.round(ms)).padStart(7)} ms`;
}

export function showTopology(state: MasterState, stack: Stack): void {
  const { quorum, downAfterMs } = state.directives;
  say(`${state.name}: quorum ${quorum} of ${state.voters.length} zones, down-after ${downAfterMs} ms`);
  say(`  master   ${nodeId(state.master.address)}`);
  for (const id of Object.keys(state.replicas)) say(`  replica  ${id}`);
  say(`  zones    ${state.voters.join(', ')}`);
  say(`  endpoint ${stack.readUrl}/masters/${state.name}`);
  say(`  gateway  ${askGateway(stack)}`);
}

/** What a person may try, once the demonstration is over. */
export function showDoors(stack: Stack): void {
  const { name, readUrl, nodes, table } = stack;
  say('');
  say('Everything stays up until Ctrl-C. The status page:');
  say(`  ${readUrl}/`);
  say('The master, by the endpoint and as Redis Sentinel tells it; a failover, asked for:');
  say(`  curl ${readUrl}/masters/${name}`);
  say(`  curl -H 'Accept: text/plain' ${readUrl}/masters/${name}`);
  say(`  ${askGateway(stack)}`);
  say(`  redis-cli -p ${stack.gatewayPort} sentinel failover ${name}`);
  say('All that the table knows of it, and the nodes:');
  say(`  npm run cli -- status ${name} --table ${table.tableName} --endpoint ${table.endpoint}`);
  for (const { address } of nodes) say(`  redis-cli -p ${address.port} role`);
}

function askGateway({ gatewayPort, name }: Stack): string {
  return `redis-cli -p ${gatewayPort} sentinel get-master-addr-by-name ${name}`;
}

export function showResult(
  { ms, writes, leader, epoch, demotedAfterReviveMs }: Rehearsal,
  state: MasterState,
): void {
  say(`the master is now ${nodeId(state.master.address)}, by zone ${leader} in epoch ${epoch}`);
  say(`  writable ${ms.promoted} ms after the kill, ${ms.promoted - ms.sdown} ms after the first +sdown`);
  say(`  the client's first write came ${ms.firstWrite} ms after the kill`);
  say(`  the old master, started again, was a replica ${demotedAfterReviveMs} ms later`);
  say(`  writes: ${writes.acknowledged} acknowledged, ${writes.failed} attempts failed, ${writes.lost} lost`);
  for (const [id, why] of Object.entries(state.lastFailover?.passedOver ?? {}))
    say(`  ${id} was not chosen: ${why}`);
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
