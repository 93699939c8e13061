/**
 * The router of both endpoints. Hono's looks a request's method up in plain objects: one that is called `__proto__` or
 * `toString` would find, and change, what every object has, and spoil the process for all who ask after it.
 */
import { TrieRouter } from 'hono/router/trie-router';

const METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']);
/** No route is for it: what a path answers to all other methods is answered. */
const ANY_OTHER = 'OTHER';

export class KnownMethodsRouter<T> extends TrieRouter<T> {
  override match(method: string, path: string): ReturnType<TrieRouter<T>['match']> {
    return super.match(METHODS.has(method) ? method : ANY_OTHER, path);
  }
}
