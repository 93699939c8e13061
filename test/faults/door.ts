/**
 * The one address by which others know a server: every link to it passes here, is told apart by its caller, and can be
 * made bad for one caller alone. A caller that shares the address is known by the loopback address it calls from;
 * one that cannot choose that gets an entrance of its own.
 */
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Address } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';

/** `there`: what the caller sends; `back`: what it is answered. */
export type Way = 'there' | 'back';

export type Weather =
  /** What stands is reset; a new connection is refused. */
  | { readonly kind: 'refuses' }
  /** What is sent waits, as in a network that loses every packet: it arrives when the weather clears. */
  | { readonly kind: 'silent'; readonly way: Way | 'both' }
  | { readonly kind: 'slow'; readonly delayMs: number };

/** A sender that is so many pieces ahead of what may pass is read no further. */
const ON_ITS_WAY_MAX = 64;

interface Entrance {
  readonly port: number;
  /** The only one that comes here; undefined where callers are told apart by their address. */
  readonly caller?: string;
  server: Server | undefined;
}

interface Link {
  readonly caller: string;
  readonly sockets: Socket[];
}

export class Door {
  readonly address: Address;
  readonly #target: Address;
  readonly #callerAt: (address: string) => string;
  readonly #entrances: Entrance[] = [];
  readonly #links = new Set<Link>();
  readonly #weather = new Map<string, Weather>();
  /** Those who wait for the weather to change. */
  #changed = Promise.withResolvers<void>();
  #ended = false;

  private constructor(target: Address, port: number, callerAt: (address: string) => string) {
    this.address = { host: '127.0.0.1', port };
    this.#target = target;
    this.#callerAt = callerAt;
  }

  /** @param callerAt - who calls from that loopback address */
  static async to(target: Address, callerAt: (address: string) => string): Promise<Door> {
    const port = await freePort();
    const door = new Door(target, port, callerAt);
    await door.#open({ port, server: undefined });
    return door;
  }

  /** A further entrance, for that caller alone. */
  async entranceFor(caller: string): Promise<Address> {
    const port = await freePort();
    await this.#open({ port, caller, server: undefined });
    return { host: '127.0.0.1', port };
  }

  /** @param weather - undefined: all passes again */
  async set(caller: string, weather: Weather | undefined): Promise<void> {
    if (weather) this.#weather.set(caller, weather);
    else this.#weather.delete(caller);
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
    if (weather?.kind === 'refuses') this.cut(caller);
    for (const entrance of this.#entrances.filter((own) => own.caller === caller)) {
      if (weather?.kind === 'refuses') await close(entrance);
      else if (!entrance.server && !this.#ended) await this.#listen(entrance);
    }
  }

  /** Resets what stands; the next connection passes. */
  cut(caller: string): void {
    for (const link of this.#links) {
      if (link.caller === caller) for (const socket of link.sockets) socket.resetAndDestroy();
    }
  }

  /** How many links stand. */
  get standing(): number {
    return this.#links.size;
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#weather.clear();
    this.#changed.resolve();
    for (const { sockets } of this.#links) for (const socket of sockets) socket.destroy();
    await Promise.all(this.#entrances.map(close));
  }

  async #open(entrance: Entrance): Promise<void> {
    await this.#listen(entrance);
    this.#entrances.push(entrance);
  }

  async #listen(entrance: Entrance): Promise<void> {
    const server = createServer((near) => {
      near.on('error', () => {}); // close follows, and ends the other half too
      const caller = entrance.caller ?? this.#callerAt(near.remoteAddress ?? '');
      this.#join(near, caller).catch(() => near.destroy()); // a link that broke: its two ends know
    });
    entrance.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(entrance.port, '127.0.0.1', resolve);
    });
  }

  async #join(near: Socket, caller: string): Promise<void> {
    if (this.#weather.get(caller)?.kind === 'refuses') return void near.resetAndDestroy();
    const link = { caller, sockets: [near] };
    this.#links.add(link);
    try {
      await this.#clear(caller, 'there');
      if (near.destroyed || this.#ended) return;
      const far = createConnection(this.#target).on('error', () => {});
      link.sockets.push(far);
      // Nobody here closes one half alone: what ends on one side ends on the other.
      await Promise.race([this.#pass(near, far, caller, 'there'), this.#pass(far, near, caller, 'back')]);
    } finally {
      this.#links.delete(link);
      for (const socket of link.sockets) socket.destroySoon();
    }
  }

  async #pass(from: Socket, to: Socket, caller: string, way: Way): Promise<void> {
    let passed = Promise.resolve();
    let read = 0;
    for await (const chunk of from) {
      const arrivedAt = performance.now();
      passed = passed.then(async () => {
        await this.#clear(caller, way, arrivedAt);
        if (from.errored) return; // given up meanwhile: what was still on its way is lost
        if (!to.write(chunk)) await drained(to);
      });
      read += 1;
      if (read % ON_ITS_WAY_MAX === 0) await passed;
    }
    await passed;
  }

  /** Resolves when what arrived then may go on. */
  async #clear(caller: string, way: Way, arrivedAt = performance.now()): Promise<void> {
    for (;;) {
      const weather = this.#weather.get(caller);
      if (weather?.kind === 'slow') {
        await wait(Math.max(0, arrivedAt + weather.delayMs - performance.now()));
        return;
      }
      if (weather?.kind !== 'silent' || (weather.way !== 'both' && weather.way !== way)) return;
      await this.#changed.promise;
    }
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}

async function close(entrance: Entrance): Promise<void> {
  const { server } = entrance;
  entrance.server = undefined;
  if (!server) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await closed;
}
