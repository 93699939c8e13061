/** What INFO of a simulated node says, in Redis' own words. */
import type { SimulatedNode } from './node.ts';
import type { Replication } from './replication.ts';

export function infoText(node: SimulatedNode, replication: Replication, now: number, all: boolean): string {
  const lines = [...(all ? [`run_id:${node.runId}`] : []), `role:${node.role}`];
  // a node that loads has neither its history nor its offset yet
  const loading = node.loading(now);
  const { upstream } = node;
  if (upstream) {
    const { link, downSince, lastIoAt } = upstream;
    lines.push(
      `master_host:${upstream.address.host}`,
      `master_port:${upstream.address.port}`,
      `master_link_status:${link === 'up' ? 'up' : 'down'}`,
      `master_last_io_seconds_ago:${link === 'up' ? Math.floor(now / 1000) - Math.floor(lastIoAt / 1000) : -1}`,
      `master_sync_in_progress:${link === 'syncing' ? 1 : 0}`,
      `slave_repl_offset:${loading ? 0 : node.offset}`,
      ...(link === 'up' ? [] : [`master_link_down_since_seconds:${Math.floor((now - downSince) / 1000)}`]),
      `slave_priority:${node.priority}`,
      'replica_announced:1',
    );
  }
  const replicas = replication.followersOf(node);
  lines.push(`connected_slaves:${replicas.length}`);
  replicas.forEach((replica, i) => {
    const { host, port } = replica.address;
    lines.push(`slave${i}:ip=${host},port=${port},state=online,offset=${replica.offset},lag=0`);
  });
  lines.push(
    'master_failover_state:no-failover',
    `master_replid:${loading ? 'loading'.padEnd(40, '-') : node.history}`,
    `master_replid2:${node.historyBefore}`,
    `master_repl_offset:${loading ? 0 : node.offset}`,
    `second_repl_offset:${node.shared < 0 ? -1 : node.shared + 1}`,
  );
  if (all)
    lines.push(
      '# Keyspace',
      ...(node.keys > 0 && !loading ? [`db0:keys=${node.keys},expires=0,avg_ttl=0`] : []),
    );
  return lines.join('\r\n');
}
