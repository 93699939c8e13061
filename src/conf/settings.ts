/** What Sentinel writes back into its file, from the state of a master: the way back to redis-sentinel stays open. */
import { directiveText, PRESETS, readDirectives } from '../core/directives.ts';
import type { Directives, MasterState } from '../core/model.ts';
import { MASTER_DIRECTIVES, MASTER_OPTIONS, PAIRED_DIRECTIVES } from './masters.ts';
import type { SentinelConf } from './read.ts';
import type { Setting } from './rewrite.ts';

/** The address, the epochs, the replicas, and each directive that is neither its default nor in the file as it is. */
export function masterSettings(state: MasterState, conf: SentinelConf): Setting[] {
  const { name, master, directives, replicas } = state;
  const { host, port } = master.address;
  const known = Object.values(replicas).filter(({ stranger }) => stranger === undefined);
  return [
    setting('monitor', name, [[host, String(port), String(directives.quorum)]]),
    ...changedDirectives(state, conf),
    setting('config-epoch', name, [[String(state.configEpoch)]]),
    // whoever reads this votes in no epoch that was voted in here
    setting('leader-epoch', name, [[String(state.currentEpoch)]]),
    setting(
      'known-replica',
      name,
      known.map(({ address }) => [address.host, String(address.port)]),
    ),
  ];
}

/** Every line about a master that is monitored no more. */
export function removedSettings(name: string): Setting[] {
  return MASTER_OPTIONS.map((option) => setting(option, name, []));
}

export function globalSettings(myid: string, states: readonly MasterState[]): Setting[] {
  const epoch = Math.max(0, ...states.map(({ currentEpoch }) => currentEpoch));
  return [
    { key: ['sentinel', 'myid'], values: [[myid]] },
    { key: ['sentinel', 'current-epoch'], values: [[String(epoch)]] },
  ];
}

/** A password is not among them: the state has but a reference, and the file may have the password itself. */
function changedDirectives({ name, directives }: MasterState, conf: SentinelConf): Setting[] {
  const said = saidOf(name, conf);
  return MASTER_DIRECTIVES.filter(
    (directive) =>
      directive !== 'auth-pass' && directiveText(directive, directives) !== directiveText(directive, said),
  ).map((directive) => setting(directive, name, valuesOf(directive, directiveText(directive, directives))));
}

/** The directives that the file stands for, defaults included. */
function saidOf(name: string, conf: SentinelConf): Directives {
  const given = conf.masters.find((master) => master.name === name)?.request.directives ?? {};
  const { 'auth-pass': _, ...told } = given;
  const read = readDirectives({ ...told, quorum: 1 });
  return read.ok ? read.value : { ...PRESETS, quorum: 1 };
}

function valuesOf(directive: string, text: string): string[][] {
  if (text === '') return [];
  if (!PAIRED_DIRECTIVES.includes(directive)) return [[text]];
  const words = text.split(' ');
  return words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1] ?? '']] : []));
}

function setting(option: string, name: string, values: readonly (readonly string[])[]): Setting {
  return { key: ['sentinel', option, name], values };
}
