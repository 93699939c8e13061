/** Elements, and moments that go on counting. It runs in the browser, from its own text: it uses what it is given only. */
import type { Browser, Child, Drawing, El } from './dom.ts';

export function drawing(browser: Browser): Drawing {
  let aheadMs = 0;

  /** Only text nodes are made of text: nothing that the table holds can become markup. */
  function el(tag: string, kind: string, ...children: readonly Child[]): El {
    const made = browser.createElement(tag);
    if (kind !== '') made.className = kind;
    made.append(...children.filter((child) => child !== undefined));
    return made;
  }

  function now(): number {
    return Date.now() + aheadMs;
  }

  function span(ms: number): string {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
    return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
  }

  function show(made: El): void {
    made.textContent = `${span(now() - Date.parse(made.dataset['at'] ?? ''))} ago`;
  }

  function ago(at: string | undefined): El {
    if (at === undefined) return el('span', 'faint', 'not known');
    const made = el('time', '');
    made.dataset['at'] = at;
    made.title = `${at} (here ${new Date(at).toLocaleString()})`;
    show(made);
    return made;
  }

  function clock(at: string): El {
    const moment = new Date(at);
    const ms = String(moment.getMilliseconds()).padStart(3, '0');
    const time = `${moment.toLocaleTimeString([], { hourCycle: 'h23' })}.${ms}`;
    const today = moment.toDateString() === new Date(now()).toDateString();
    const made = el('span', 'mono', today ? time : `${moment.toLocaleDateString()} ${time}`);
    made.title = at;
    return made;
  }

  function table(headings: readonly string[], rows: readonly (readonly Child[])[]): El {
    const head = el('tr', '', ...headings.map((heading) => el('th', '', heading)));
    const body = rows.map((cells) =>
      el(
        'tr',
        '',
        ...cells.map((cell, i) => {
          const made = el('td', '', cell);
          // on a phone a row is a paragraph, in which each cell tells its own heading
          made.dataset['heading'] = headings[i] ?? '';
          return made;
        }),
      ),
    );
    return el('table', '', el('thead', '', head), el('tbody', '', ...body));
  }

  return {
    el,
    ago,
    clock,
    table,
    now,
    setNow(date) {
      const told = Date.parse(date ?? '');
      // whole seconds: what differs by less is the same clock
      if (Number.isFinite(told)) aheadMs = Math.abs(told - Date.now()) > 2000 ? told - Date.now() : 0;
    },
    tick() {
      for (const made of browser.querySelectorAll('time')) show(made);
    },
  };
}
