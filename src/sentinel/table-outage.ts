/**
 * The table as the sentinel reaches it, telling when it does not: of that nobody else can tell, for what a zone says
 * goes by the table. At most once a minute and process, and never in health.
 */
import type { SentinelId } from '../core/model.ts';
import { type Clock, type Metrics, type StateStore, Unavailable } from '../ports.ts';
import { Minutes } from './minutes.ts';

export function tellingOutages(
  store: StateStore,
  zone: SentinelId,
  { clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics },
): StateStore {
  const minutes = new Minutes();
  const tell = (error: unknown) => {
    const at = clock.now().wall;
    if (!(error instanceof Unavailable) || !minutes.begin(at)) return;
    metrics.put({ at, figures: { TableUnreachable: 1 }, about: { Zone: zone, Reason: error.message } });
  };
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(value, target, args);
        if (answer instanceof Promise) answer.catch(tell); // the caller hears of it too, from the same promise
        return answer;
      };
    },
  });
}
