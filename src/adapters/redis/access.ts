/** How a node is come in to: under which name, with which passwords, and in which words. */
import type { NodeAccess } from '../../ports.ts';

export const PLAIN_ACCESS: NodeAccess = { passwords: [], tls: false, renamedCommands: {} };

/** Whether a connection opened with the one would have been opened the same way with the other. */
export function opensAlike(a: NodeAccess, b: NodeAccess): boolean {
  return (
    a.tls === b.tls &&
    a.username === b.username &&
    a.passwords.length === b.passwords.length &&
    a.passwords.every((password, i) => password === b.passwords[i])
  );
}

/** The command in the words this node knows: `rename-command` changes the first one, a subcommand has no other. */
export function renamed(
  [name = '', ...args]: readonly string[],
  renamedCommands: NodeAccess['renamedCommands'],
): string[] {
  const own = name.toUpperCase();
  return [Object.hasOwn(renamedCommands, own) ? (renamedCommands[own] ?? name) : name, ...args];
}

/** AUTH with one of the passwords. */
export function authentication({ username }: NodeAccess, password: string): string[] {
  return username === undefined ? ['AUTH', password] : ['AUTH', username, password];
}
