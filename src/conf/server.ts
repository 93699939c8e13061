/** The directives of the process itself: where it listens, who may come in, where it logs. Redis' names and defaults. */
import { list, oneOf, text, type WordsRule, whole, yesNo } from './rules.ts';

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning' | 'nothing';

export interface ServerSettings {
  /** 0: no plain port. @default 26379 */
  readonly port: number;
  /** 0: no TLS port. @default 0 */
  readonly tlsPort: number;
  /** Addresses to listen on; `-` before one says that it may be missing. @default every address */
  readonly bind?: readonly string[];
  /** Whether only loopback is served while nobody is asked for a password. @default false */
  readonly protectedMode: boolean;
  readonly dir?: string;
  /** Empty: standard output. @default '' */
  readonly logfile: string;
  readonly pidfile?: string;
  /** @default false */
  readonly daemonize: boolean;
  /** @default 'notice' */
  readonly loglevel: LogLevel;
  readonly requirepass?: string;
  /** Each `user` line behind that word: the name, then its rules. */
  readonly users: readonly (readonly string[])[];
  readonly aclfile?: string;
  readonly tls: TlsSettings;
}

/** Paths of PEM files, and how they are used. */
export interface TlsSettings {
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly keyFilePass?: string;
  readonly clientCertFile?: string;
  readonly clientKeyFile?: string;
  readonly clientKeyFilePass?: string;
  readonly caCertFile?: string;
  readonly caCertDir?: string;
  readonly authClients?: 'yes' | 'no' | 'optional';
  /** Whether the nodes are reached over TLS. @default false */
  readonly replication: boolean;
  readonly protocols?: string;
  readonly ciphers?: string;
  readonly ciphersuites?: string;
  readonly preferServerCiphers?: boolean;
}

export const SERVER_DEFAULTS: ServerSettings = {
  ...{ port: 26_379, tlsPort: 0, protectedMode: false, logfile: '' },
  ...{ daemonize: false, loglevel: 'notice', users: [], tls: { replication: false } },
};

type Rules<T> = {
  readonly [directive: string]: { readonly field: keyof T; readonly rule: WordsRule<unknown> };
};

const path = text('a path', /^[^\0]+$/);
const anyText = text('one word; in quotes where it has blanks in it');

export const SERVER_RULES: Rules<ServerSettings> = {
  port: { field: 'port', rule: whole(0, 65_535) },
  'tls-port': { field: 'tlsPort', rule: whole(0, 65_535) },
  bind: { field: 'bind', rule: list('one or more IP addresses or host names', /^-?[A-Za-z0-9.:*_%-]+$/) },
  'protected-mode': { field: 'protectedMode', rule: yesNo },
  dir: { field: 'dir', rule: path },
  logfile: { field: 'logfile', rule: text('a path, or "" for standard output') },
  pidfile: { field: 'pidfile', rule: text('a path, or "" for none') },
  daemonize: { field: 'daemonize', rule: yesNo },
  loglevel: { field: 'loglevel', rule: oneOf('debug', 'verbose', 'notice', 'warning', 'nothing') },
  requirepass: { field: 'requirepass', rule: anyText },
  aclfile: { field: 'aclfile', rule: text('a path, or "" for none') },
};

export const TLS_RULES: Rules<TlsSettings> = {
  'tls-cert-file': { field: 'certFile', rule: path },
  'tls-key-file': { field: 'keyFile', rule: path },
  'tls-key-file-pass': { field: 'keyFilePass', rule: anyText },
  'tls-client-cert-file': { field: 'clientCertFile', rule: path },
  'tls-client-key-file': { field: 'clientKeyFile', rule: path },
  'tls-client-key-file-pass': { field: 'clientKeyFilePass', rule: anyText },
  'tls-ca-cert-file': { field: 'caCertFile', rule: path },
  'tls-ca-cert-dir': { field: 'caCertDir', rule: path },
  'tls-auth-clients': { field: 'authClients', rule: oneOf('yes', 'no', 'optional') },
  'tls-replication': { field: 'replication', rule: yesNo },
  'tls-protocols': {
    field: 'protocols',
    rule: text('names of protocols, in quotes', /^(TLSv1(\.[123])? ?)+$/i),
  },
  'tls-ciphers': { field: 'ciphers', rule: anyText },
  'tls-ciphersuites': { field: 'ciphersuites', rule: anyText },
  'tls-prefer-server-ciphers': { field: 'preferServerCiphers', rule: yesNo },
};

/** Directives that redis-sentinel reads in its file as redis-server does in its own, and that mean nothing here. */
export const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  ...['acl-pubsub-default', 'acllog-max-len', 'always-show-logo', 'bind-source-addr', 'busy-reply-threshold'],
  ...[
    'client-output-buffer-limit',
    'client-query-buffer-limit',
    'crash-log-enabled',
    'crash-memcheck-enabled',
  ],
  ...['databases', 'disable-thp', 'dynamic-hz', 'enable-debug-command', 'enable-module-command', 'hz'],
  ...['io-threads', 'io-threads-do-reads', 'jemalloc-bg-thread', 'latency-monitor-threshold'],
  ...[
    'latency-tracking',
    'latency-tracking-info-percentiles',
    'locale-collate',
    'lua-time-limit',
    'maxclients',
  ],
  ...['maxmemory-clients', 'oom-score-adj', 'oom-score-adj-values', 'proc-title-template'],
  ...['proto-max-bulk-len', 'set-proc-title', 'slowlog-log-slower-than', 'slowlog-max-len', 'socket-mark-id'],
  ...[
    'supervised',
    'syslog-enabled',
    'syslog-facility',
    'syslog-ident',
    'tcp-backlog',
    'tcp-keepalive',
    'timeout',
  ],
  ...['tls-cluster', 'tls-dh-params-file', 'tls-session-cache-size', 'tls-session-cache-timeout'],
  ...['tls-session-caching', 'tracking-table-max-keys', 'unixsocket', 'unixsocketperm'],
]);
