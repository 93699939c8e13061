/** What was measured, as it is printed and as it stands in docs/CLIENTS.md. */
import type { Result } from './passages.ts';

const HEAD = [
  'client',
  'version',
  'RESP',
  'kill → `+switch-master`',
  '→ first write',
  'lost',
  'failed calls',
  'hand-over → `+switch-master`',
  '→ first write',
  'failed calls',
  'what it needed besides the address',
] as const;

export function table(results: readonly Result[]): string {
  const rows = results.map(({ client, version, killed, handedOver }) => [
    ...[client.name, version, String(client.protocol)],
    ...[ms(killed.switchMs), ms(killed.firstWriteMs), String(killed.lost), String(killed.failed)],
    ...[ms(handedOver.switchMs), ms(handedOver.firstWriteMs), String(handedOver.failed), client.needs],
  ]);
  const all = [[...HEAD], HEAD.map(() => '---'), ...rows];
  return all.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** One line for each thing that went wrong. */
export function problems(results: readonly Result[]): string[] {
  return results.flatMap(({ client, version, problems }) =>
    problems.map((problem) => `${client.name} ${version}, RESP${client.protocol}: ${problem}`),
  );
}

function ms(value: number): string {
  return Number.isFinite(value) ? `${value} ms` : 'never';
}
