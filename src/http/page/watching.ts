/** Asks the endpoint and shows what it answers. It runs in the browser, from its own text: it uses what it is given only. */
import type { Health } from '../health.ts';
import type { MasterHealth } from '../master-health.ts';
import type { Card, ListedMaster } from './cards.ts';
import type { Behind } from './details.ts';
import type { Browser, Drawing, TabStorage } from './dom.ts';

export interface Watching {
  readonly browser: Browser;
  readonly storage: TabStorage;
  readonly drawing: Drawing;
  readonly newCard: () => Card;
}

/** @returns asks at once, as when a card was opened */
export function watching({ browser, storage, drawing, newCard }: Watching): () => void {
  const EVERY_MS = 2000;
  const IN_FAILOVER_EVERY_MS = 500;
  const AFTER_FAILURE_MS = 5000;
  const ANSWER_WITHIN_MS = 10_000;
  /** A master whose card is closed is asked for its health this seldom. */
  const CLOSED_EVERY_MS = 15_000;
  const OPENED_BY_ITSELF_MAX = 3;
  const TOKEN = 'lambda-sentinel token';

  const at = (id: string) => browser.getElementById(id);
  const shown = new Map<
    string,
    { card: Card; text: string; behind: string; health: string; askedAt: number }
  >();
  const held = new Map<string, { etag: string; text: string }>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let again = false;
  let answeredAt = 0;
  let first = true;
  let arranged = '';

  /**
   * The answer of any status that has JSON; an answer from memory tells its age. What the browser keeps is passed by: it
   * would tell the age of an earlier answer with a later 304.
   */
  async function ask(
    path: string,
    ...also: readonly number[]
  ): Promise<{ text: string; ageSeconds: number }> {
    const token = storage.getItem(TOKEN);
    const had = held.get(path);
    const response = await fetch(path, {
      cache: 'no-store',
      headers: {
        Accept: 'application/json',
        ...(token !== null && { Authorization: `Bearer ${token}` }),
        ...(had && { 'If-None-Match': had.etag }),
      },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    drawing.setNow(response.headers.get('Date'));
    at('token').hidden = response.status !== 401;
    if (response.status === 401) storage.removeItem(TOKEN);
    const text = had && response.status === 304 ? had.text : await response.text();
    if (!response.ok && response.status !== 304 && !also.includes(response.status)) {
      throw new Error(`${path} answers ${response.status}${detailOf(text)}`);
    }
    const etag = response.headers.get('ETag');
    if (etag !== null) held.set(path, { etag, text });
    return { text, ageSeconds: Number(response.headers.get('Age') ?? 0) };
  }

  function detailOf(text: string): string {
    try {
      return `: ${JSON.parse(text).detail}`;
    } catch {
      return '';
    }
  }

  /** @returns the seconds by which an answer that was shown is old */
  async function showAll(): Promise<{ ageSeconds: number; urgent: boolean }> {
    const listing = await ask('masters');
    const { masters } = JSON.parse(listing.text) as { masters: readonly ListedMaster[] };
    const service = JSON.parse((await ask('health', 503)).text) as Partial<Health>;
    showService(service);
    for (const name of [...shown.keys()]) {
      if (masters.some((master) => master.name === name)) continue;
      shown.delete(name);
      held.clear(); // what was held of others is asked for once more
    }
    for (const master of masters) show(master, masters.length);
    arrange();
    answeredAt = Date.now();
    at('none').hidden = masters.length > 0;
    first = false;
    const failed = masters.filter(({ status }) => status !== 'ok').length;
    browser.title = `${failed > 0 ? `(${failed} not ok) ` : ''}lambda-sentinel`;
    const ages = await Promise.all(masters.map((master) => showBehind(master)));
    arrange();
    return {
      ageSeconds: Math.max(listing.ageSeconds, ...ages),
      urgent: masters.some(({ status }) => status === 'failover'),
    };
  }

  /** Trouble first, then by name; what stands already where it should is not touched. */
  function arrange(): void {
    const names = [...shown].sort(([a, one], [b, other]) => {
      const worse = one.card.rank() - other.card.rank();
      return worse === 0 ? (a < b ? -1 : 1) : worse;
    });
    const order = names.map(([name]) => name).join();
    if (order === arranged) return;
    arranged = order;
    at('masters').replaceChildren(...names.map(([, { card }]) => card.root));
  }

  function show(master: ListedMaster, count: number): void {
    const text = JSON.stringify(master);
    const known = shown.get(master.name) ?? { card: newCard(), text: '', behind: '', health: '', askedAt: 0 };
    shown.set(master.name, known);
    if (known.text === text) return;
    known.card.showMaster(master);
    // what changed is asked for at once, though its card be closed
    known.askedAt = 0;
    if (known.text === '' && first && count <= OPENED_BY_ITSELF_MAX) known.card.open();
    known.text = text;
  }

  async function showBehind({ name, status }: ListedMaster): Promise<number> {
    const known = shown.get(name);
    if (!known || status === 'unreadable') return 0;
    const open = known.card.isOpen();
    if (!open && Date.now() - known.askedAt < CLOSED_EVERY_MS) return 0;
    known.askedAt = Date.now();
    const health = await ask(`health/${name}`, 503);
    if (health.text !== known.health) {
      const { reasons = [], warnings } = JSON.parse(health.text) as Partial<MasterHealth>;
      // any other problem says nothing of the master: the banner tells it
      if (warnings) known.card.showHealth({ reasons, warnings });
      known.health = health.text;
    }
    if (!open) return 0;
    const parts = ['sentinels', 'replicas', 'failovers', 'events?limit=32'];
    const told = await Promise.all(parts.map((part) => ask(`masters/${name}/${part}`)));
    const text = `[${told.map((part) => part.text).join()}]`;
    if (text !== known.behind) {
      const [sentinels, replicas, failovers, events] = JSON.parse(text) as [never, never, never, never];
      const behind: Behind = { sentinels, replicas, failovers, events };
      known.card.showBehind(behind);
      known.behind = text;
    }
    return Math.max(...told.map(({ ageSeconds }) => ageSeconds));
  }

  function showService({ sentinels }: Partial<Health>): void {
    if (!sentinels) return;
    const gone = sentinels.filter(({ usable }) => !usable).map(({ id }) => id);
    const words = `${sentinels.length - gone.length} of ${sentinels.length} sentinels seen`;
    at('service').textContent = gone.length > 0 ? `${words}; not seen: ${gone.join(', ')}` : words;
  }

  function banner(words: string): void {
    at('banner').textContent = words;
    at('banner').hidden = words === '';
  }

  async function round(): Promise<number> {
    try {
      const { ageSeconds, urgent } = await showAll();
      banner(
        ageSeconds > 0
          ? `The table cannot be reached: what is shown is ${ageSeconds} s old, and no failover can happen.`
          : '',
      );
      return urgent ? IN_FAILOVER_EVERY_MS : EVERY_MS;
    } catch (error) {
      const since =
        answeredAt === 0 ? '' : ` What is shown was told at ${new Date(answeredAt).toLocaleTimeString()}.`;
      banner(`${(error as Error).message}.${since}`);
      return AFTER_FAILURE_MS;
    }
  }

  async function loop(): Promise<void> {
    if (timer !== undefined) clearTimeout(timer);
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    again = false;
    const afterMs = await round();
    asking = false;
    drawing.tick();
    if (!browser.hidden) timer = setTimeout(loop, again ? 0 : afterMs);
  }

  // a tab that nobody sees asks nothing
  browser.addEventListener('visibilitychange', loop);
  at('token').addEventListener('submit', (event) => {
    event.preventDefault();
    storage.setItem(TOKEN, at('given').value.trim());
    at('given').value = '';
    void loop();
  });
  setInterval(() => drawing.tick(), 1000);
  void loop();
  return () => void loop();
}
