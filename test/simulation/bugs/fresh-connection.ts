/** A command goes out on a connection of its own, and not on that of the look. */
import type { Bug } from './bug.ts';

export const freshConnection: Bug = {
  name: 'fresh connection',
  shownBy: 1,
  edits: [
    {
      file: 'src/adapters/redis/nodes.ts',
      find: '    const link = this.#links.get(request.link);',
      replace: `    const [host = '', port] = (request.link.split('#')[0] ?? '').split(':');
    const node = { host, port: Number(port) };
    const link = this.#open(node, { kind: 'reachable', ...node, ips: [host] }, { passwords: [], tls: false, renamedCommands: {} }, { onReply() {}, onChange() {} });
    await this.#options.clock.sleep(5);`,
    },
  ],
};
