/** The part of a browser that the page uses: the sources are checked without the browser's own types. */
export interface El {
  className: string;
  textContent: string | null;
  title: string;
  hidden: boolean;
  open: boolean;
  value: string;
  readonly dataset: Record<string, string | undefined>;
  append(...children: readonly (El | string)[]): void;
  replaceChildren(...children: readonly (El | string)[]): void;
  setAttribute(name: string, value: string): void;
  addEventListener(type: string, listener: (event: { preventDefault(): void }) => void): void;
  querySelectorAll(selector: string): Iterable<El>;
}

export interface Browser {
  title: string;
  readonly hidden: boolean;
  createElement(tag: string): El;
  getElementById(id: string): El;
  querySelectorAll(selector: string): Iterable<El>;
  addEventListener(type: string, listener: () => void): void;
}

/** For as long as the tab is open. */
export interface TabStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export type Child = El | string | undefined;

/** What {@link ./drawing.ts} gives the other parts. */
export interface Drawing {
  /** A text is never read as HTML. `kind` is the element's class. */
  el(tag: string, kind: string, ...children: readonly Child[]): El;
  /** A moment, told as how long ago it is. */
  ago(at: string | undefined): El;
  /** A moment, told by the clock on the wall, to the millisecond. */
  clock(at: string): El;
  table(headings: readonly string[], rows: readonly (readonly Child[])[]): El;
  /** The answering machine's clock, in ms: the browser's may be wrong. */
  now(): number;
  setNow(date: string | null): void;
  /** Tells every moment anew. */
  tick(): void;
}
