/** The events as they are written: each once, from the states' logs and from the sentinels' own observations. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { RecordedEvent } from '../core/model.ts';
import type { TableWrite } from './table-operation.ts';

export interface LocalEvent extends RecordedEvent {
  readonly master: string;
  /** `state`: agreed by compare-and-set. `observation`: what one sentinel alone saw. */
  readonly source: 'state' | 'observation';
}

const MASTER = 'MASTER#';

/** @returns a listener for the table's writes that tells each event once */
export function readEvents(tell: (event: LocalEvent) => void): (write: TableWrite) => void {
  const told = new Map<string, number>();
  return ({ key, item }) => {
    if (!key.pk.startsWith(MASTER) || !item) return;
    const master = key.pk.slice(MASTER.length);
    const source = key.sk === 'STATE' ? 'state' : 'observation';
    const id = `${key.pk} ${key.sk}`;
    const { events = [] } = unmarshall(item) as { events?: RecordedEvent[] };
    for (const event of events.filter(({ seq }) => seq > (told.get(id) ?? 0))) {
      told.set(id, event.seq);
      tell({ ...event, master, source });
    }
  };
}
