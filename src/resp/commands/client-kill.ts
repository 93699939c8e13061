/** CLIENT KILL: whom it means. */
import { nodeId } from '../../core/model.ts';
import type { Client } from '../clients/client.ts';
import { TYPES } from './client.ts';

export interface Wanted {
  readonly fits: readonly ((client: Client) => boolean)[];
  readonly skipMe: boolean;
}

/** @param given - the words after KILL @returns what is wrong with them, in Redis' words */
export function readKill(given: readonly string[]): Wanted | string {
  const [first = ''] = given;
  if (given.length === 1) return { fits: [({ from }) => nodeId(from) === first], skipMe: false };
  if (given.length % 2 !== 0) return 'ERR syntax error';
  const fits: Wanted['fits'][number][] = [];
  let skipMe = true;
  for (let i = 0; i < given.length; i += 2) {
    const [option, value] = [given[i]?.toLowerCase(), given[i + 1] ?? ''];
    const lower = value.toLowerCase();
    const type = TYPES.get(lower);
    if (option === 'id') {
      if (!/^[1-9]\d{0,14}$/.test(value)) return 'ERR client-id should be greater than 0';
      fits.push(({ id }) => id === Number(value));
    } else if (option === 'addr') fits.push(({ from }) => nodeId(from) === value);
    else if (option === 'laddr') fits.push(({ to }) => nodeId(to) === value);
    else if (option === 'user') fits.push(({ user }) => user === value);
    else if (option === 'type') {
      if (!type) return `ERR Unknown client type '${value.slice(0, 128)}'`;
      fits.push(type);
    } else if (option === 'skipme' && (lower === 'yes' || lower === 'no')) skipMe = lower === 'yes';
    else return 'ERR syntax error';
  }
  return { fits, skipMe };
}

/** @returns how many */
export function killClients(all: readonly Client[], { fits, skipMe }: Wanted, me: Client): number {
  const killed = all.filter((client) => fits.every((suits) => suits(client)) && !(skipMe && client === me));
  for (const client of killed) client.close(client === me);
  return killed.length;
}
