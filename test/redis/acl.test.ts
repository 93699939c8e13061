import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type NodeCommand, transactionOf } from '../../src/core/commands.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { access, lookUntil, redis, redisNodes } from './fixture.ts';

const PAGE = readFileSync('docs/NODES.md', 'utf8');
/** The first column of the page's table of grants. */
const GRANTS = [...PAGE.matchAll(/^\| `([+~][^`]+)` \|/gm)].map(([, grant = '']) =>
  grant.replace('\\|', '|'),
);

/** What of the repertoire changes without a grant, and what one of the changes says. */
const WITHOUT: Record<string, [changes: readonly string[], says: RegExp]> = {
  '+ping': [['everything'], /^misconfigured: NOPERM .*'ping'/],
  '+info': [['everything'], /^misconfigured: NOPERM .*'info'/],
  '+role': [
    ['promote', 'follow', 'pause', 'hand over', 'unpause', 'shut out', 'free'],
    /^abandoned: ROLE: NOPERM/,
  ],
  '+multi': [
    ['promote', 'follow', 'pause', 'hand over', 'unpause', 'shut out', 'free', 'give up'],
    /^abandoned: MULTI: NOPERM/,
  ],
  '+exec': [
    ['promote', 'follow', 'pause', 'hand over', 'unpause', 'shut out', 'free'],
    /^abandoned: EXEC: .*NOPERM/,
  ],
  '+discard': [['give up'], /^abandoned: not now, on another connection$/],
  '+replicaof': [['promote', 'follow', 'hand over'], /^abandoned: REPLICAOF: NOPERM.* redis.conf: master$/],
  '+config|rewrite': [['promote', 'follow', 'hand over'], /^abandoned: CONFIG: NOPERM.* redis.conf: master$/],
  '+client|kill': [
    ['promote', 'follow', 'hand over', 'shut out', 'free'],
    /^abandoned: CLIENT: NOPERM .*'client\|kill'.* redis.conf: master$/,
  ],
  '+client|setname': [['name'], /^none$/],
  '+client|pause': [['pause'], /^abandoned: CLIENT: NOPERM .*'client\|pause'/],
  '+client|unpause': [
    ['promote', 'follow', 'hand over', 'unpause', 'free'],
    /^abandoned: CLIENT: NOPERM .*'client\|unpause'/,
  ],
  '+failover': [['free'], /^abandoned: FAILOVER: NOPERM/],
  '+script|kill': [['kill script'], /^executed: NOPERM .*'script\|kill'.*, still busy$/],
  '+set': [['look and write'], /^misconfigured: NOPERM .*'set'/],
  '~lambda-sentinel:write-probe': [['look and write'], /^misconfigured: NOPERM/],
};

const ALL_WORKS = {
  look: 'answered',
  'full look': 'answered',
  'look and write': 'answered',
  name: 'lambda-sentinel',
  'give up': 'abandoned: not now, on its connection',
  promote: 'executed, redis.conf: master',
  pause: 'executed',
  unpause: 'executed',
  follow: 'executed, redis.conf: slave',
  'hand over': 'executed, redis.conf: slave',
  'shut out': 'executed',
  free: 'executed: ERR No failover in progress.',
  'kill script': 'executed, answers again',
};

test('the page names each grant once, in its table and in its line of configuration', () => {
  expect(GRANTS).toEqual(Object.keys(WITHOUT));
  const [, line = ''] = /^user sentinel on >PASSWORD resetkeys resetchannels -@all (.*)$/m.exec(PAGE) ?? [];
  expect(line.split(' ').sort()).toEqual([...GRANTS].sort());
});

test('with every grant of the page everything works', async () => {
  const { node, other } = await twoMasters();
  expect(await repertoire(node, other, GRANTS)).toEqual(ALL_WORKS);
});

test('without any one of them something does not', { timeout: 180_000 }, async () => {
  const { node, other } = await twoMasters();
  for (const grant of GRANTS) {
    const [changes, says] = WITHOUT[grant] ?? [[], /^$/];
    const found = await repertoire(
      node,
      other,
      GRANTS.filter((kept) => kept !== grant),
    );
    const changed = Object.entries(ALL_WORKS).filter(([what, worked]) => found[what] !== worked);
    const names = changed.map(([what]) => what).sort();
    expect(names, `changes without ${grant}`).toEqual(
      changes[0] === 'everything' ? Object.keys(ALL_WORKS).sort() : [...changes].sort(),
    );
    expect(
      changed.map(([what]) => found[what]).filter((said) => says.test(said ?? '')),
      `said without ${grant}: ${JSON.stringify(found)}`,
    ).not.toEqual([]);
  }
});

async function twoMasters() {
  const [node, other] = [await redis({ config: { 'busy-reply-threshold': '1' } }), await redis()];
  return { node, other };
}

/** Everything the sentinel does to a node, done as a user with these rights: what came of each. */
async function repertoire(node: RedisServer, other: RedisServer, grants: readonly string[]) {
  const admin = node.client();
  await admin.call('REPLICAOF', 'NO', 'ONE');
  await admin.config('REWRITE');
  await admin.call('ACL', 'SETUSER', 'sentinel', 'reset', 'on', '>p', ...grants);
  const nodes = redisNodes();
  const asUser = {
    node: node.address,
    timeoutMs: 2000,
    access: access({ username: 'sentinel', passwords: ['p'] }),
  };
  const found: Record<string, string> = {};

  async function look(info: 'replication' | 'all', writeProbe = false) {
    const seen = await nodes.look({ ...asUser, info, writeProbe });
    return {
      link: 'link' in seen ? seen.link : '',
      says: 'detail' in seen ? `${seen.outcome}: ${seen.detail}` : seen.outcome,
    };
  }
  async function send(commands: string[][], link: string, objection?: string, plain = false) {
    const outcome = await nodes.transact({
      link,
      commands,
      plain,
      timeoutMs: 2000,
      objection: () => objection,
    });
    if (outcome.kind !== 'executed') return `${outcome.kind}: ${outcome.reason}`;
    const errors = outcome.replies.filter((reply) => reply instanceof Error).map(({ message }) => message);
    return ['executed', ...errors].join(': ');
  }

  found['look'] = (await look('replication')).says;
  found['full look'] = (await look('all')).says;
  found['name'] = /name=(\S+) .* user=sentinel /.exec(String(await admin.client('LIST')))?.[1] ?? 'none';
  found['look and write'] = (await look('replication', true)).says;
  const { link } = await look('replication');
  found['give up'] = await send([['PING']], link, 'not now');
  found['give up'] +=
    (await look('replication')).link === link ? ', on its connection' : ', on another connection';

  for (const command of commandsTo(node, other)) {
    const said = await send(transactionOf(command), (await look('replication')).link);
    const changesRole = ['promote', 'follow', 'hand over'].includes(command.kind);
    found[command.kind] = changesRole ? `${said}, redis.conf: ${await configuredRole(node)}` : said;
  }

  const script = node.client().eval('while true do end', 0).catch(String);
  const unlimited = redisNodes();
  await lookUntil(unlimited, node.address, ({ outcome }) => outcome === 'busy');
  found['kill script'] = await send([['SCRIPT', 'KILL']], (await look('replication')).link, undefined, true);
  // a script that is killed ends a moment after the reply that it will
  const ended = await lookUntil(unlimited, node.address, ({ outcome }) => outcome !== 'busy', 200).then(
    () => true,
    () => false,
  );
  found['kill script'] += ended ? ', answers again' : ', still busy';
  if (!ended) await node.client({ enableReadyCheck: false }).script('KILL');
  await script;
  nodes.close();
  unlimited.close();
  return found;
}

/** One of every kind that goes out as a transaction, in an order in which each can be done. */
function commandsTo(node: RedisServer, other: RedisServer): NodeCommand[] {
  const sent = { node: node.address, link: '', fence: 'lease', epoch: 1 } as const;
  const kinds: Record<Exclude<NodeCommand['kind'], 'kill script'>, NodeCommand> = {
    promote: { ...sent, kind: 'promote' },
    pause: { ...sent, kind: 'pause', forMs: 50 },
    unpause: { ...sent, kind: 'unpause' },
    follow: { ...sent, kind: 'follow', upstream: other.address },
    'hand over': { ...sent, kind: 'hand over', upstream: other.address, notAfter: 0 },
    'shut out': { ...sent, kind: 'shut out' },
    free: { ...sent, kind: 'free' },
  };
  return Object.values(kinds);
}

/** What the node would be after a restart. */
async function configuredRole(node: RedisServer): Promise<string> {
  return /^replicaof /m.test(await readFile(join(node.dir, 'redis.conf'), 'utf8')) ? 'slave' : 'master';
}
