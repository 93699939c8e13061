/** What is wrong with a file, line by line: all of it at once, and of a password never what it is. */
import { describeFault, type Fault, fault, REDACTED } from '../core/directives.ts';

export interface ConfFault extends Fault {
  readonly file: string;
  readonly line: number;
}

/** Something the file asks for that has no effect here. */
export interface ConfNote {
  readonly line: number;
  readonly directive: string;
  readonly why: string;
}

/** `sentinel.conf:12: sentinel parallel-syncs mymaster "0": allowed is a whole number from 1 to 1000` */
export function describeConfFault(one: ConfFault): string {
  return `${printable(one.file)}:${one.line}: ${describeFault(one)}`;
}

/** Stands for words that may hold a password under a name that is misspelt. */
const UNTOLD = '…';
/** Directives whose values hold passwords although their names do not say so. */
const SECRETIVE = new Set(['user']);

export class Faults {
  readonly #file: string;
  readonly #found: ConfFault[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  add(line: number, directive: string, value: unknown, allowed: string): void {
    const told = SECRETIVE.has(directive)
      ? { directive, value: REDACTED, allowed }
      : fault(directive, value, allowed);
    this.#found.push({ ...told, file: this.#file, line });
  }

  /** Nobody knows what the words behind it are, so that they are not repeated. */
  addUnknown(line: number, directive: string, allowed: string): void {
    this.#found.push({ directive, value: UNTOLD, allowed, file: this.#file, line });
  }

  /** In the order of the lines. */
  all(): ConfFault[] {
    return [...this.#found].sort((a, b) => a.line - b.line);
  }
}

export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?').toWellFormed();
}
