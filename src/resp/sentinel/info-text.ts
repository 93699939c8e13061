/** What is kept of a node's INFO, in INFO's own form. */
import type { NodeInfo } from '../../core/info.ts';

export function infoText(info: NodeInfo): string {
  const { upstream, replicas } = info;
  const server: Lines = info.runId === undefined ? [] : [['run_id', info.runId]];
  const replication: Lines = [
    ['role', info.role],
    ...(upstream
      ? ([
          ['master_host', upstream.address.host],
          ['master_port', upstream.address.port],
          ['master_link_status', upstream.linkUp ? 'up' : 'down'],
          [
            'master_last_io_seconds_ago',
            upstream.lastIoAgoMs === undefined ? -1 : upstream.lastIoAgoMs / 1000,
          ],
          ['master_sync_in_progress', upstream.syncInProgress ? 1 : 0],
          ['slave_repl_offset', info.offset],
          ...(upstream.linkDownForMs === undefined
            ? []
            : ([['master_link_down_since_seconds', upstream.linkDownForMs / 1000]] as const)),
          ['slave_priority', upstream.priority],
          ['replica_announced', upstream.announced ? 1 : 0],
        ] as const)
      : []),
    ['connected_slaves', replicas.length],
    ...replicas.map(
      ({ address: { host, port }, state, offset }, i) =>
        [`slave${i}`, `ip=${host},port=${port},state=${state},offset=${offset}`] as const,
    ),
    ['master_replid', info.replicationId],
    ['master_replid2', info.replicationId2],
    ['master_repl_offset', info.offset],
    ['second_repl_offset', info.sharedOffset === undefined ? -1 : info.sharedOffset + 1],
  ];
  return [section('Server', server), section('Replication', replication)].filter((text) => text).join('\r\n');
}

type Lines = readonly (readonly [string, string | number])[];

function section(name: string, lines: Lines): string {
  return lines.length === 0
    ? ''
    : `# ${name}\r\n${lines.map(([field, value]) => `${field}:${value}\r\n`).join('')}`;
}
