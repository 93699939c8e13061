/** What a file says of each master: whom to monitor and how, checked by the core, and what Sentinel wrote back itself. */
import { DIRECTIVE_NAMES, type Fault, readDirectives } from '../core/directives.ts';
import type { Address } from '../core/model.ts';
import { readHost, readPort } from '../core/operations/address.ts';
import { type MonitorRequest, readMonitor } from '../core/operations/monitor-request.ts';
import type { Faults } from './faults.ts';
import { epoch } from './sentinel.ts';

export interface ConfMaster {
  readonly name: string;
  /** Of its `monitor`. */
  readonly line: number;
  /** A password stands in it as the file has it, or as a reference. */
  readonly request: MonitorRequest & { readonly name: string };
  /** Programs; only a zone's own file may name any. */
  readonly scripts: { readonly notification?: string; readonly clientReconfig?: string };
  readonly state: ConfMasterState;
}

/** What Sentinel writes back. */
export interface ConfMasterState {
  readonly configEpoch?: number;
  readonly leaderEpoch?: number;
  readonly replicas: readonly Address[];
  readonly sentinels: readonly (Address & { readonly id?: string })[];
}

/** A line `sentinel <option> <name> …`, in its canonical words. */
export interface MasterLine {
  readonly number: number;
  readonly option: string;
  readonly name: string;
  readonly args: readonly string[];
}

/** In sentinel.conf these are one for all masters. */
const GLOBAL = ['quorum', 'resolve-hostnames', 'announce-hostnames'];
export const MASTER_DIRECTIVES: readonly string[] = DIRECTIVE_NAMES.filter((name) => !GLOBAL.includes(name));
/** Each line adds a pair to those before it. */
export const PAIRED_DIRECTIVES: readonly string[] = ['rename-command', 'node-zones'];
const SCRIPTS = {
  'notification-script': 'notification',
  'client-reconfig-script': 'clientReconfig',
} as const;
const STATE = ['config-epoch', 'leader-epoch', 'known-replica', 'known-sentinel'];
export const MASTER_OPTIONS: readonly string[] = [
  ...['monitor', ...MASTER_DIRECTIVES, ...Object.keys(SCRIPTS), ...STATE],
];

const REFERENCE = /^(env|secret|stored):/;
/** Judged in the place of a password, which the core takes only by reference. */
const STAND_IN = 'stored:given-in-the-file';

/** @param common - what the file sets for all masters */
export function readMasters(
  lines: readonly MasterLine[],
  common: { readonly resolveHostnames: boolean; readonly announceHostnames: boolean; readonly tls: boolean },
  faults: Faults,
): ConfMaster[] {
  const monitors = new Map<string, MasterLine>();
  for (const line of lines.filter(({ option }) => option === 'monitor')) {
    const before = monitors.get(line.name);
    if (before)
      faults.add(line.number, 'sentinel monitor', line.name, `each name once: line ${before.number} has it`);
    else monitors.set(line.name, line);
  }
  for (const { number, option, name } of lines) {
    if (!monitors.has(name)) {
      faults.add(number, `sentinel ${option}`, name, 'the name of a master that a sentinel monitor names');
    }
  }
  return [...monitors.values()].map((monitor) => {
    const own = lines.filter(({ name, option }) => name === monitor.name && option !== 'monitor');
    return readMaster(monitor, own, common, faults);
  });
}

function readMaster(
  monitor: MasterLine,
  lines: readonly MasterLine[],
  common: Parameters<typeof readMasters>[1],
  faults: Faults,
): ConfMaster {
  const [host, port, quorum, ...more] = monitor.args;
  const { name } = monitor;
  const directives: Record<string, unknown> = {
    quorum,
    ...(common.resolveHostnames && { 'resolve-hostnames': 'yes' }),
    ...(common.announceHostnames && { 'announce-hostnames': 'yes' }),
    ...(common.tls && { tls: 'yes' }),
  };
  const saidOn = new Map<string, number>();
  const scripts: Record<string, string> = {};
  const state = { replicas: [] as Address[], sentinels: [] as (Address & { id?: string })[] };
  const epochs: { configEpoch?: number; leaderEpoch?: number } = {};
  for (const line of lines) {
    const { option, args } = line;
    if (MASTER_DIRECTIVES.includes(option)) {
      const value = readDirective(line, faults);
      if (value === undefined) continue;
      const before = directives[option];
      directives[option] =
        PAIRED_DIRECTIVES.includes(option) && before !== undefined ? `${before} ${value}` : value;
      saidOn.set(option, line.number);
    } else if (option in SCRIPTS) {
      const [path] = args;
      if (args.length !== 1 || !path)
        faults.add(line.number, directiveOf(line), args.join(' '), 'the path of a program');
      else scripts[SCRIPTS[option as keyof typeof SCRIPTS]] = path;
    } else readState(line, state, epochs, faults);
  }
  const request = { name, host, port, directives };
  if (more.length > 0 || quorum === undefined) {
    const words = monitor.args.join(' ');
    faults.add(monitor.number, directiveOf(monitor), words, 'a host, a port and the quorum');
  } else {
    for (const one of requestFaults(request)) {
      const line = saidOn.get(one.directive) ?? monitor.number;
      faults.add(line, `sentinel ${wordOf(one)} ${name}`, one.value, one.allowed);
    }
  }
  return { name, line: monitor.number, request, scripts, state: { ...epochs, ...state } };
}

/** Host, port, quorum and name all stand on the line of `monitor`. */
function wordOf({ directive }: Fault): string {
  return ['host', 'port', 'quorum', 'name'].includes(directive) ? `monitor: ${directive} of` : directive;
}

function requestFaults(request: ConfMaster['request']): readonly Fault[] {
  const read = readMonitor({ ...request, directives: judged(request.directives) });
  return read.ok ? [] : read.faults;
}

function judged(directives: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const password = directives['auth-pass'];
  if (typeof password !== 'string' || password === '' || REFERENCE.test(password)) return directives;
  return { ...directives, 'auth-pass': STAND_IN };
}

/** @returns undefined after a fault */
function readDirective(line: MasterLine, faults: Faults): string | undefined {
  const { option, args, number } = line;
  const words = PAIRED_DIRECTIVES.includes(option) ? 2 : 1;
  const value = args.join(' ');
  const read = readDirectives(judged({ quorum: 1, [option]: value }));
  const [fault] = read.ok ? [] : read.faults;
  if (fault) faults.add(number, directiveOf(line), value, fault.allowed);
  else if (args.length !== words) {
    faults.add(
      number,
      directiveOf(line),
      value,
      words === 1 ? 'one word behind the name of the master' : 'two words behind the name of the master',
    );
  } else return value;
  return undefined;
}

function readState(
  line: MasterLine,
  state: { replicas: Address[]; sentinels: (Address & { id?: string })[] },
  epochs: { configEpoch?: number; leaderEpoch?: number },
  faults: Faults,
): void {
  const { option, args, number } = line;
  const told = args.join(' ');
  if (option === 'config-epoch' || option === 'leader-epoch') {
    const value = epoch.read(args);
    if (value === undefined) faults.add(number, directiveOf(line), told, epoch.allowed);
    else epochs[option === 'config-epoch' ? 'configEpoch' : 'leaderEpoch'] = value;
    return;
  }
  const [host, port, id, ...more] = args;
  const address = addressOf(host, port);
  const sound = address && more.length === 0 && (option === 'known-sentinel' || id === undefined);
  if (!sound) faults.add(number, directiveOf(line), told, STATE_ALLOWED[option] ?? '');
  else if (option === 'known-replica') state.replicas.push(address);
  else state.sentinels.push({ ...address, ...(id !== undefined && { id }) });
}

const STATE_ALLOWED: Readonly<Record<string, string>> = {
  'known-replica': 'a host and a port',
  'known-sentinel': 'a host, a port and its id',
};

function addressOf(host: string | undefined, port: string | undefined): Address | undefined {
  const [readable, readablePort] = [readHost(host), readPort(port)];
  return readable !== undefined && readablePort.ok ? { host: readable, port: readablePort.value } : undefined;
}

function directiveOf({ option, name }: MasterLine): string {
  return `sentinel ${option} ${name}`;
}
