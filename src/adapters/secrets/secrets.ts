/** The secrets as a sentinel or an operator's door uses them: every kind of reference, remembered for a minute. */
import type { Clock, Secrets } from '../../ports.ts';
import { RememberedSecrets } from './remembered.ts';
import { SecretSources, type SecretSourcesOptions } from './sources.ts';

export interface SecretsOptions extends SecretSourcesOptions {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

export function createSecrets({ clock, ...sources }: SecretsOptions): Secrets {
  return new RememberedSecrets({ secrets: new SecretSources(sources), clock });
}
