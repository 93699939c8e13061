/** What is behind a master: trouble first. It runs in the browser, from its own text: it uses what it is given only. */
import type { EventsPage } from '../events.ts';
import type { FailoversDescription, PastFailoverDescription } from '../failovers.ts';
import type { FailoverDescription } from '../master.ts';
import type { ReplicasDescription } from '../replicas.ts';
import type { EventDescription, SentinelDescription, SentinelsDescription } from '../sentinels.ts';
import type { Child, Drawing, El } from './dom.ts';

export interface Behind {
  readonly sentinels: SentinelsDescription;
  readonly replicas: ReplicasDescription;
  readonly failovers: FailoversDescription;
  readonly events: EventsPage;
}

export interface Details {
  draw(behind: Behind): readonly El[];
  steps(failover: FailoverDescription): El;
}

export function details({ el, ago, clock, table }: Drawing): Details {
  function section(heading: string, ...children: readonly Child[]): El {
    return el('section', '', el('h3', '', heading), ...children);
  }

  function badge(kind: 'good' | 'warn' | 'bad' | 'faint', words: string): El {
    return el('span', `badge ${kind}`, words);
  }

  function lines(...children: readonly Child[]): Child {
    const made = children.flatMap((child) => (child === undefined ? [] : [el('div', '', child)]));
    return made.length > 0 ? el('div', '', ...made) : '';
  }

  function sees({ told, usable }: SentinelDescription): Child {
    if (!usable) return badge('faint', 'not known');
    if (!told) return badge('good', 'nothing wrong');
    if (!told.current) return badge('faint', 'told of an earlier configuration');
    if (told.tilt !== undefined) return badge('warn', 'TILT');
    if (told.subjectivelyDown) return badge('bad', 'S_DOWN');
    if (told.health === 'up') return badge('good', 'up');
    return badge('warn', told.health);
  }

  /** What one sentinel finds, and why it does nothing about it. */
  function words({ told }: SentinelDescription): Child {
    if (!told?.current) return '';
    const { tilt, limitation, heardBy, conditions } = told;
    const nodes = Object.entries(conditions).map(([node, found]) => `${node}: ${found.join(', ')}`);
    return lines(
      told.detail,
      tilt === undefined ? undefined : `TILT: ${tilt}`,
      limitation === undefined ? undefined : `why not: ${limitation}`,
      heardBy.length > 0 ? `still heard by ${heardBy.join(', ')}` : undefined,
      ...nodes,
    );
  }

  function sentinels({ ckquorum, quorum, sentinels: all }: SentinelsDescription): El {
    const rows = all.map((sentinel) => [
      el('b', '', sentinel.id),
      sentinel.usable ? badge('good', 'usable') : badge('bad', 'not seen'),
      ago(sentinel.lastSeen),
      sentinel.votes ? 'yes' : 'no',
      sees(sentinel),
      words(sentinel),
      sentinel.told ? ago(sentinel.told.at) : '',
    ]);
    const told = el('p', ckquorum.ok ? 'faint' : 'bad', `${ckquorum.line} (quorum ${quorum})`);
    const headings = ['sentinel', '', 'seen', 'votes', 'the master is', 'in its words', 'told'];
    return section('Sentinels', told, table(headings, rows));
  }

  function replicas({ replicas: all }: ReplicasDescription): El {
    if (all.length === 0)
      return section('Replicas', el('p', 'bad', 'None: there is nothing to fail over to.'));
    const rows = all.map((replica) => {
      const { down = [], role = [], misconfigured = [] } = replica.conditions;
      const marks = [
        replica.stranger === undefined ? undefined : badge('bad', 'stranger'),
        down.length > 0 ? badge('bad', `S_DOWN for ${down.join(', ')}`) : undefined,
        role.length > 0 ? badge('bad', `says master to ${role.join(', ')}`) : undefined,
        misconfigured.length > 0 ? badge('warn', `misconfigured for ${misconfigured.join(', ')}`) : undefined,
        replica.announced || replica.stranger !== undefined ? undefined : badge('faint', 'not announced'),
        replica.confirmed ? undefined : badge('warn', 'unconfirmed since RESET'),
        replica.declared ? badge('faint', 'declared') : undefined,
        replica.reconfiguration === 'none' || replica.reconfiguration === 'done'
          ? undefined
          : badge('warn', `reconfiguration ${replica.reconfiguration}`),
      ].filter((mark) => mark !== undefined);
      const why = [
        replica.stranger,
        replica.passedOver === undefined ? undefined : `passed over: ${replica.passedOver}`,
      ];
      return [
        el('b', 'mono', replica.address),
        el('span', '', ...(marks.length > 0 ? marks : [badge('good', 'nothing wrong')])),
        lines(...why),
        replica.repairedAt === undefined ? '' : ago(replica.repairedAt),
      ];
    });
    return section('Replicas', table(['replica', '', '', 'repaired'], rows));
  }

  /** Each moment by how long it came after the first one. */
  function steps({ timeline }: Pick<FailoverDescription, 'timeline'>): El {
    const moments = Object.entries(timeline)
      .map(([step, at]) => ({ step, at, ms: Date.parse(at) }))
      .sort((a, b) => a.ms - b.ms);
    const first = moments[0]?.ms ?? 0;
    const made = moments.map(({ step, at, ms }) => {
      const one = el('li', '', el('b', '', step), ` +${ms - first} ms`);
      one.title = at;
      return one;
    });
    return el('ol', 'steps', ...made);
  }

  function past(failover: PastFailoverDescription): readonly Child[] {
    const { timeline, kind, leader, to, outcome, passedOver = {}, writesLost, twoMasters } = failover;
    const good = outcome === 'switched';
    const two = twoMasters && Date.parse(twoMasters.until) - Date.parse(twoMasters.from);
    return [
      ago(timeline.ended ?? timeline.started),
      el('span', 'mono', `${failover.from} → ${to ?? 'nowhere'}`),
      lines(
        badge(good ? 'good' : 'warn', outcome),
        `epoch ${failover.epoch}${kind === undefined ? '' : `, ${kind}`}${leader === undefined ? '' : `, led by ${leader}`}`,
        writesLost === undefined ? undefined : badge('bad', `${writesLost} bytes of writes lost`),
        two === undefined ? undefined : badge('warn', `two masters for up to ${two} ms`),
        ...Object.entries(passedOver).map(([node, why]) => `passed over ${node}: ${why}`),
      ),
      steps(failover),
    ];
  }

  function failovers({ last }: FailoversDescription): El {
    if (last.length === 0) return section('Last failovers', el('p', 'faint', 'None that is still told of.'));
    return section('Last failovers', table(['ended', '', '', ''], last.map(past)));
  }

  /** The numbered ones, and what each sentinel alone saw, by their time. */
  function events({ events: numbered }: EventsPage, { sentinels: all }: SentinelsDescription): El {
    const alone = all.flatMap(({ told }) => told?.events ?? []);
    const rows = [
      ...numbered.map((event) => ({ event, mark: `#${event.seq}` })),
      ...alone.map((event: EventDescription) => ({ event, mark: 'seen alone' })),
    ]
      .sort((a, b) => Date.parse(b.event.at) - Date.parse(a.event.at) || b.event.seq - a.event.seq)
      .slice(0, 30)
      .map(({ event, mark }) => [
        clock(event.at),
        el('b', 'mono', event.type),
        el('span', 'mono', event.payload),
        event.by,
        el('span', 'faint', mark),
      ]);
    return section('Recent events', table(['', '', '', 'by', ''], rows));
  }

  return {
    steps,
    draw(behind) {
      return [
        sentinels(behind.sentinels),
        replicas(behind.replicas),
        failovers(behind.failovers),
        events(behind.events, behind.sentinels),
      ];
    },
  };
}
