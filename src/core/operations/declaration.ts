/**
 * The masters and zones that a deployment's code declares. They come by CloudFormation, which hands over every value
 * as text: `2` as "2", `true` as "true".
 */
import { type Checked, directiveText, type Fault, fault, PRESETS, readDirectives } from '../directives.ts';
import type { Address } from '../model.ts';
import { isMasterName, readHost, readPort } from './address.ts';
import { type MonitorSurroundings, readMonitor } from './monitor-request.ts';

export interface DeclaredMaster {
  readonly name: string;
  readonly host: unknown;
  readonly port: unknown;
  readonly replicas: readonly unknown[];
  /** By their sentinel.conf names. */
  readonly directives: Readonly<Record<string, unknown>>;
}

export interface Declaration {
  readonly masters: readonly DeclaredMaster[];
  readonly zones: readonly string[];
}

const FIELDS = ['name', 'host', 'port', 'replicas', 'directives'];
const ZONE = /^[A-Za-z0-9._-]{1,64}$/;
const DECLARED_MAX = 1000;

interface Surroundings extends Pick<MonitorSurroundings, 'allows'> {
  /** Puts a reference in the place of a password. @default a password is a fault */
  readonly referenced?: (directives: DeclaredMaster['directives']) => DeclaredMaster['directives'];
}

/** Every fault of all masters at once, each under its master's name; with one nothing is returned to apply. */
export function readDeclaration(properties: unknown, surroundings: Surroundings = {}): Checked<Declaration> {
  const { Masters: masters, Zones: zones } = fieldsOf(properties) ?? {};
  const soundZones = Array.isArray(zones) && zones.length > 0 && zones.every(isZone);
  const faults: Fault[] = [
    ...(Array.isArray(masters) && masters.length <= DECLARED_MAX
      ? masters.flatMap((entry, i) => entryFaults(entry, i, surroundings))
      : [fault('Masters', masters, `a list of masters, at most ${DECLARED_MAX}`)]),
    ...(soundZones ? [] : [fault('Zones', zones, 'a list of the names of zones, one or more')]),
  ];
  const declaration = recallDeclaration(properties);
  const names = declaration.masters.map(({ name }) => name);
  for (const name of new Set(names.filter((one, i) => names.indexOf(one) !== i))) {
    faults.push(fault('Masters', name, 'each name once'));
  }
  return faults.length === 0 ? { ok: true, value: declaration } : { ok: false, faults };
}

/** What was declared before, as far as it can be understood: of a deployment that was refused it was never applied. */
export function recallDeclaration(properties: unknown): Declaration {
  const { Masters: masters, Zones: zones } = fieldsOf(properties) ?? {};
  return {
    masters: (Array.isArray(masters) ? masters : []).flatMap((entry) => {
      const { name, host, port, replicas, directives } = fieldsOf(entry) ?? {};
      if (!isMasterName(name)) return [];
      const declared = Object.entries(fieldsOf(directives) ?? {}).filter(([, value]) => value !== undefined);
      return {
        ...{ name, host, port, replicas: Array.isArray(replicas) ? replicas : [] },
        directives: Object.fromEntries(
          declared.map(([directive, value]) => [directive, asDeclared(directive, value)]),
        ),
      };
    }),
    zones: (Array.isArray(zones) ? zones : []).filter(isZone),
  };
}

/** Undefined for what is none. */
export function declaredAddress({ host, port }: DeclaredMaster): Address | undefined {
  const [readableHost, readablePort] = [readHost(host), readPort(port)];
  if (readableHost === undefined || !readablePort.ok) return undefined;
  return { host: readableHost, port: readablePort.value };
}

function entryFaults(
  entry: unknown,
  i: number,
  { referenced = (directives) => directives, ...surroundings }: Surroundings,
): Fault[] {
  const given = fieldsOf(entry);
  if (!given) return [fault(`Masters[${i}]`, entry, `an object of ${FIELDS.join(', ')}`)];
  const label = isMasterName(given['name']) ? given['name'] : `Masters[${i}]`;
  const { name, host, port, replicas, directives } = given;
  const named = recallDeclaration({ Masters: [{ ...given, name: 'm' }] }).masters[0];
  const read = readMonitor(
    { name, host, port, replicas, directives: referenced(named?.directives ?? {}) },
    surroundings,
  );
  const faults = [
    ...Object.keys(given).flatMap((field) =>
      FIELDS.includes(field) ? [] : [fault(field, REFUSED_WHOLE, `one of ${FIELDS.join(', ')}`)],
    ),
    ...(directives === undefined || fieldsOf(directives)
      ? []
      : [fault('directives', REFUSED_WHOLE, 'an object of directives by their sentinel.conf names')]),
    ...(read.ok ? [] : read.faults),
  ];
  return faults.map((one) => ({ ...one, directive: `${label}: ${one.directive}` }));
}

/** Where directives are not expected there may be a password among them, so that nothing of it is told. */
const REFUSED_WHOLE = '…';

/** CloudFormation makes texts of booleans. */
const BOOLEANS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [true, 'yes'],
  ['true', 'yes'],
  [false, 'no'],
  ['false', 'no'],
]);

/**
 * `true` is no word of sentinel.conf. Pairs in words are the whole of them in code, where there is nothing before
 * them to add to.
 */
function asDeclared(directive: string, value: unknown): unknown {
  if (takes(directive, true)) return BOOLEANS.get(value) ?? value;
  if (typeof value !== 'string' || !takes(directive, {})) return value;
  const words = value.split(/\s+/).filter((word) => word !== '');
  if (words.length % 2 !== 0) return value;
  return Object.fromEntries(words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1] ?? '']] : [])));
}

/** Of all directives only those that are yes or no take a boolean, and only those of pairs an object. */
function takes(directive: string, sample: unknown): boolean {
  return readDirectives({ quorum: 1, [directive]: sample }).ok;
}

/** What SET is given to have a directive as if it had never been set. */
export function presetOf(directive: string): string {
  return directiveText(directive, { ...PRESETS, quorum: 1 });
}

function isZone(zone: unknown): zone is string {
  return typeof zone === 'string' && ZONE.test(zone);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as Readonly<Record<string, unknown>>) : undefined;
}
