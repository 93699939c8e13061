/** Holds the whole log of one master's events to what it must be, however many failovers it tells of. */
import type { LocalEvent } from '../../src/local/events.ts';

export class EventLog {
  readonly events: LocalEvent[] = [];
  readonly broken: string[] = [];
  #seq = 0;
  #epoch = 0;
  /** What the current epoch has told of: `+promoted-slave 127.0.0.1:1` … */
  #told = new Set<string>();
  #master: string | undefined;

  readonly add = (event: LocalEvent): void => {
    this.events.push(event);
    if (event.source === 'state') this.#check(event);
  };

  /** Of those that all agreed on. */
  count(type: string): number {
    return this.events.filter((event) => event.source === 'state' && event.type === type).length;
  }

  #check({ seq, type, payload }: LocalEvent): void {
    if (seq !== this.#seq + 1) this.broken.push(`event ${seq} (${type}) was told after ${this.#seq}`);
    this.#seq = seq;
    const words = payload.split(' ');
    switch (type) {
      case '+new-epoch':
        if (Number(payload) <= this.#epoch)
          this.broken.push(`event ${seq}: epoch ${payload} after ${this.#epoch}`);
        this.#epoch = Number(payload);
        this.#told = new Set();
        break;
      case '+selected-slave':
      case '+promoted-slave':
        this.#told.add(`${type} ${words[1]}`);
        break;
      case '+config-update':
        this.#told.add('+config-update');
        break;
      case '+switch-master':
        this.#checkSwitch(seq, words);
        break;
    }
  }

  /** `<name> <old host> <old port> <new host> <new port>` */
  #checkSwitch(seq: number, [, oldHost, oldPort, newHost, newPort]: readonly string[]): void {
    const [from, to] = [`${oldHost}:${oldPort}`, `${newHost}:${newPort}`];
    if (this.#master !== undefined && this.#master !== from)
      this.broken.push(`event ${seq}: a switch from ${from}, and the master was ${this.#master}`);
    this.#master = to;
    if (this.#told.has('+config-update')) return; // adopted, as an operator's leave allows
    for (const before of [`+selected-slave ${to}`, `+promoted-slave ${to}`]) {
      if (!this.#told.has(before))
        this.broken.push(`event ${seq}: a switch without ${before} in epoch ${this.#epoch}`);
    }
  }
}
