/** All that redis-sentinel processes publish, each heard over a connection that is made again when it breaks. */
import { Redis } from 'ioredis';

export interface PeerEvent {
  readonly at: number;
  readonly zone: number;
  readonly type: string;
  readonly payload: string;
}

export class PeerEvents {
  readonly all: PeerEvent[] = [];
  readonly #clients: Redis[] = [];
  readonly #listeners = new Set<(event: PeerEvent) => void>();

  static async of(ports: readonly number[]): Promise<PeerEvents> {
    const events = new PeerEvents();
    await Promise.all(ports.map((port, zone) => events.#listen(port, zone)));
    return events;
  }

  /** @returns the function that unsubscribes */
  onEvent(listener: (event: PeerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  end(): void {
    for (const client of this.#clients) client.disconnect();
  }

  async #listen(port: number, zone: number): Promise<void> {
    const client = new Redis({ host: '127.0.0.1', port, protocol: 2, retryStrategy: () => 50 });
    this.#clients.push(client);
    client.on('error', () => {}); // killed: it comes back
    client.on('pmessage', (_: string, type: string, payload: string) => {
      const event = { at: Date.now(), zone, type, payload };
      this.all.push(event);
      for (const listener of this.#listeners) listener(event);
    });
    await client.psubscribe('*');
  }
}
