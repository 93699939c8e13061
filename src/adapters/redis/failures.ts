/** What the failure of a connection says about the node. */
import { printable } from '../../core/info.ts';

export interface LinkFailure {
  /**
   * `refused`: the process is gone. `unreachable`: the path, the name or this machine failed, not the process.
   * `given up`: closed from this side, which says nothing of the node.
   */
  readonly kind: 'refused' | 'unreachable' | 'misconfigured' | 'given up';
  readonly detail: string;
}

/** @param error what the connection ended with; undefined when the node closed it in good order. */
export function readFailure(error: Error | undefined): LinkFailure {
  if (!error) return { kind: 'refused', detail: 'the node closed the connection' };
  const code = codeOf(error);
  const detail = printable(error.message || code || error.name);
  if (CLOSED.has(code)) return { kind: 'refused', detail };
  if (/^Unknown RESP type/.test(error.message)) {
    return {
      kind: 'misconfigured',
      detail: 'what answers does not speak the Redis protocol; is it a TLS port?',
    };
  }
  if (TLS_FAILURE.test(code)) return { kind: 'misconfigured', detail };
  return { kind: 'unreachable', detail };
}

const CLOSED = new Set(['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE']);
const TLS_FAILURE =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/;

/** A name with several addresses fails with an AggregateError; its first error stands for all. */
function codeOf(error: Error): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return String((first as NodeJS.ErrnoException | undefined)?.code ?? '');
}
