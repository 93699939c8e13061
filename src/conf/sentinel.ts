/** The directives that stand behind the word `sentinel` and are about no single master. */
import { text, type WordsRule, whole, yesNo } from './rules.ts';

export interface SentinelSettings {
  /** 40 hex digits, made at the first start. */
  readonly myid?: string;
  readonly announceIp?: string;
  /** 0: the port it listens on. */
  readonly announcePort?: number;
  /** Whether SENTINEL SET may name no program. @default true */
  readonly denyScriptsReconfig: boolean;
  /** How other sentinels are come in at; ours meet in the table. */
  readonly sentinelUser?: string;
  readonly sentinelPass?: string;
  /** @default false */
  readonly resolveHostnames: boolean;
  /** @default false */
  readonly announceHostnames: boolean;
  /** Written back by Sentinel: the newest epoch it had seen. */
  readonly currentEpoch?: number;
}

export const SENTINEL_DEFAULTS: SentinelSettings = {
  denyScriptsReconfig: true,
  resolveHostnames: false,
  announceHostnames: false,
};

const EPOCH_MAX = 999_999_999_999_999;
export const epoch = whole(0, EPOCH_MAX);
export const id = text('40 hex digits', /^[0-9A-Fa-f]{40}$/);

export const SENTINEL_RULES: Readonly<
  Record<string, { readonly field: keyof SentinelSettings; readonly rule: WordsRule<unknown> }>
> = {
  myid: { field: 'myid', rule: id },
  'announce-ip': {
    field: 'announceIp',
    rule: text('an IP address or a host name', /^[A-Za-z0-9._:%-]{1,255}$/),
  },
  'announce-port': { field: 'announcePort', rule: whole(0, 65_535) },
  'deny-scripts-reconfig': { field: 'denyScriptsReconfig', rule: yesNo },
  'sentinel-user': { field: 'sentinelUser', rule: text('the name of an ACL user') },
  'sentinel-pass': { field: 'sentinelPass', rule: text('one word; in quotes where it has blanks in it') },
  'resolve-hostnames': { field: 'resolveHostnames', rule: yesNo },
  'announce-hostnames': { field: 'announceHostnames', rule: yesNo },
  'current-epoch': { field: 'currentEpoch', rule: epoch },
};
