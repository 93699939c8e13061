/** What goes wrong at a service, and how often. */
export type Service = 'lambda' | 'events' | 'sns' | 'route53';

/**
 * `error`: it answers 500 and does nothing. `lost`: it does it, and the reply never comes. `hang`: it neither does it
 * nor answers. `denied`: it answers 403. `slow`: it comes to it 150 ms later.
 */
export type FaultKind = 'error' | 'lost' | 'hang' | 'denied' | 'slow';

interface Fault {
  readonly service: Service;
  readonly kind: FaultKind;
  readonly about: string;
  left: number;
}

export class ServiceFaults {
  #faults: Fault[] = [];

  /** @param about - only requests with this in their address or body */
  add(service: Service, kind: FaultKind, times: number, about = ''): void {
    this.#faults.push({ service, kind, about, left: times });
  }

  clear(): void {
    this.#faults = [];
  }

  take(service: Service, request: string): FaultKind | undefined {
    const fault = this.#faults.find(
      (each) => each.service === service && each.left > 0 && request.includes(each.about),
    );
    if (fault) fault.left--;
    return fault?.kind;
  }
}
