/** One card a master: where it is, since when, and what is wrong. It runs in the browser, from its own text. */
import type { MasterDescription } from '../master.ts';
import type { MasterHealth } from '../master-health.ts';
import type { Behind, Details } from './details.ts';
import type { Drawing, El } from './dom.ts';

export type ListedMaster =
  | MasterDescription
  | { readonly name: string; readonly status: 'unreadable'; readonly detail: string };

export interface Card {
  readonly root: El;
  /** The less, the sooner it needs somebody. */
  rank(): number;
  /** Whether what is behind the master is shown, and therefore asked for. */
  isOpen(): boolean;
  open(): void;
  showMaster(master: ListedMaster): void;
  showHealth(health: Pick<MasterHealth, 'reasons' | 'warnings'>): void;
  showBehind(behind: Behind): void;
}

export function cards({ el, ago, now }: Drawing, { draw, steps }: Details, onOpen: () => void): () => Card {
  function state(master: ListedMaster): { readonly kind: string; readonly words: string } {
    if (master.status === 'unreadable') return { kind: 'bad', words: 'unreadable' };
    if (master.status === 'failover') return { kind: 'bad', words: `failover: ${master.failover?.step}` };
    if (master.status === 'odown') return { kind: 'bad', words: 'down' };
    return master.paused ? { kind: 'warn', words: 'paused' } : { kind: 'good', words: 'ok' };
  }

  function facts(master: MasterDescription): readonly (El | false | undefined)[] {
    const { failover, coolDown, limitation } = master;
    return [
      el('p', 'address mono', master.address),
      el('p', 'faint', 'master since ', ago(master.since), ` · epoch ${master.epoch} · `, counted(master)),
      failover &&
        el(
          'div',
          'trouble',
          el(
            'b',
            '',
            `Failover open (${failover.kind}), epoch ${failover.epoch}, led by ${failover.leader}: ${failover.step}`,
          ),
          el('p', 'mono', `${failover.from} → ${failover.to ?? 'not chosen yet'}`),
          ...Object.entries(failover.passedOver).map(([node, why]) =>
            el('p', '', `passed over ${node}: ${why}`),
          ),
          steps(failover),
        ),
      // while it is down its health tells this, as the reason
      master.status === 'ok' &&
        limitation &&
        el(
          'p',
          'trouble',
          `Why no failover: ${limitation.reason} (told by ${limitation.by} `,
          ago(limitation.since),
          ')',
        ),
      coolDown &&
        Date.parse(coolDown.until) > now() &&
        el('p', 'faint', `cool-down until ${coolDown.until}: ${coolDown.reason}`),
    ];
  }

  function counted({ replicas, sentinels, quorum }: MasterDescription): string {
    const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
    return `${count(replicas.length, 'replica')} · ${count(sentinels.length, 'sentinel')}, quorum ${quorum}`;
  }

  return () => {
    let kind = 'good';
    let worried: 'bad' | 'warn' | undefined;
    const [head, body, notes] = [el('div', 'head'), el('div', ''), el('ul', 'notes')];
    const [behind, summary] = [
      el('div', 'behind'),
      el('summary', '', 'sentinels, replicas, failovers, events'),
    ];
    const more = el('details', '', summary, behind);
    const root = el('article', 'card', head, body, notes, more);
    more.addEventListener('toggle', onOpen);
    /** By the worse of what the state says and what its sentinels do. */
    function paint(): void {
      root.className = `card ${kind === 'good' ? (worried ?? kind) : worried === 'bad' ? 'bad' : kind}`;
    }
    return {
      root,
      rank: () =>
        kind === 'bad' ? 0 : worried === 'bad' ? 1 : kind === 'warn' || worried === 'warn' ? 2 : 3,
      isOpen: () => more.open,
      open() {
        more.open = true;
      },
      showMaster(master) {
        const { words, ...shown } = state(master);
        kind = shown.kind;
        paint();
        root.dataset['master'] = master.name;
        head.replaceChildren(el('h2', '', master.name), el('span', `badge ${kind}`, words));
        const told = master.status === 'unreadable' ? [el('p', 'trouble', master.detail)] : facts(master);
        body.replaceChildren(...told.filter((part) => part !== undefined && part !== false));
      },
      showHealth({ reasons, warnings }) {
        worried = reasons.length > 0 ? 'bad' : warnings.length > 0 ? 'warn' : undefined;
        paint();
        notes.replaceChildren(
          ...reasons.map((reason) => el('li', 'bad', reason)),
          ...warnings.map((warning) => el('li', 'warn', warning)),
        );
      },
      showBehind(found) {
        behind.replaceChildren(...draw(found));
      },
    };
  };
}
