import type { Address } from '../../src/core/model.ts';
import { type NodeProxy, proxyTo } from './proxy.ts';

/** A path on which every reply takes so long, as one to another region does. */
export function slowProxy(to: Address, roundTripMs: number): Promise<NodeProxy> {
  return proxyTo(to, (near, far) => {
    near.on('data', (chunk) => setTimeout(() => far.write(chunk), roundTripMs / 2));
    far.on('data', (chunk) => setTimeout(() => near.write(chunk), roundTripMs / 2));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
}
