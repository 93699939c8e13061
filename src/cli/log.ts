/** The log of a process in the form of redis-sentinel's, which log readers know. */
import { appendFileSync } from 'node:fs';
import type { LogLevel } from '../conf/server.ts';
import type { Telemetry } from '../ports.ts';

/** As in Redis: what a line is marked with, and the least loud `loglevel` that writes it. */
const MARKS = { debug: '.', verbose: '-', notice: '*', warning: '#' } as const;
export type Loudness = keyof typeof MARKS;
const ORDER: readonly LogLevel[] = ['debug', 'verbose', 'notice', 'warning', 'nothing'];
const LOUDNESS = { debug: 'debug', info: 'notice', warn: 'warning', error: 'warning' } as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export class SentinelLog implements Telemetry {
  readonly #file: string;
  readonly #level: LogLevel;
  #failed = false;
  #ended = false;

  /** @param file - opened anew for each line, so that it can be rotated; empty: standard output */
  constructor(file: string, level: LogLevel) {
    this.#file = file;
    this.#level = level;
  }

  log(level: keyof typeof LOUDNESS, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const told = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
    this.write(LOUDNESS[level], [message, ...told].join(' '));
  }

  write(loudness: Loudness, message: string): void {
    if (this.#ended || ORDER.indexOf(loudness) < ORDER.indexOf(this.#level)) return;
    const text = message.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?');
    this.#append(`${process.pid}:X ${timestamp(new Date())} ${MARKS[loudness]} ${text}\n`);
  }

  /** The last line: what an alert that nobody waits for still says is not told. */
  end(message: string): void {
    this.log('info', message);
    this.#ended = true;
  }

  /** A disk that is full must not end a sentinel. */
  #append(line: string): void {
    if (this.#file === '') {
      process.stdout.write(line);
      return;
    }
    try {
      appendFileSync(this.#file, line);
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) process.stderr.write(`the log cannot be written: ${(error as Error).message}\n`);
      this.#failed = true;
    }
  }
}

function timestamp(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${two(at.getDate())} ${MONTHS[at.getMonth()]} ${at.getFullYear()}`;
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return `${day} ${time}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}
