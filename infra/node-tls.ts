/** Whom the zones trust among nodes that speak TLS, and what they show. */
import { dynamicReference, type SecretReference } from './credentials.ts';
import { InvalidProp } from './invalid-prop.ts';

/**
 * One of two:
 * - the certificate authority of the nodes, in PEM. It is public, and travels beside the code of the functions.
 * - a secret that is a JSON object of `ca`, `cert`, `key` (each PEM) and `servername`, for nodes that ask for a client
 *   certificate. The whole of it becomes one variable of the functions' encrypted environment; who can read it, and
 *   what its rotation needs, is as with `Credentials`.
 *
 * WARNING: a function's environment is at most 4 KB: for the secret take elliptic-curve keys.
 */
export type NodeTls =
  | { readonly ca: string; readonly servername?: string }
  | { readonly secret: SecretReference; readonly versionId?: string };

/** What the sentinel functions get of it. */
export interface NodeTlsMaterial {
  readonly environment: Readonly<Record<string, string>>;
  /** Beside the bundle, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Where Lambda unpacks a function's code. */
const TASK_ROOT = '/var/task';
const CA_FILE = 'nodes-ca.pem';

export function tlsMaterial(tls: NodeTls | undefined): NodeTlsMaterial {
  if (tls === undefined) return { environment: {}, files: {} };
  if ('secret' in tls) {
    return { environment: { REDIS_TLS: dynamicReference(tls.secret, '', tls.versionId) }, files: {} };
  }
  if (!tls.ca.includes('-----BEGIN CERTIFICATE-----') || tls.ca.includes('PRIVATE KEY')) {
    throw new InvalidProp('nodeTls.ca', '(not shown)', 'certificates in PEM, and no private key');
  }
  const settings = { ca: `file:${TASK_ROOT}/${CA_FILE}`, servername: tls.servername };
  return { environment: { REDIS_TLS: JSON.stringify(settings) }, files: { [CA_FILE]: tls.ca } };
}
