/** The command that does what a wish asks for, to be copied; null where there is none. */
import { shellWord } from '../../shell-word.ts';
import type { ToldWish, Wish } from '../api/wishes.ts';

/** Name of the command, as the JSON of its answer has it. */
export function commandOf({ verb }: ToldWish): string {
  switch (verb) {
    case 'attach from pool':
      return 'attach';
    case 'ports add':
      return 'ports';
    default:
      return verb;
  }
}

export function commandLine(wish: Wish): string | null {
  // Operations are known to their server alone: 'hostdev undo' undoes everything.
  return wish.verb === 'undo' ? null : ['hostdev', ...wordsOf(wish)].map(shellWord).join(' ');
}

/** What a wish file is called that nobody has named. */
export const WISH_FILE = 'wish.yaml';

const SCOPES = {
  current: ['--current'],
  live: ['--live'],
  config: ['--config'],
  'live and config': ['--live', '--config'],
  persistent: ['--persistent'],
} as const;

interface Given {
  readonly scope?: keyof typeof SCOPES | undefined;
  readonly force?: boolean | undefined;
  readonly group?: boolean | undefined;
  readonly persist?: boolean | undefined;
  readonly timeoutSeconds?: number | undefined;
}

/** Options that several commands have. */
function common({ scope, group, persist, force, timeoutSeconds }: Given): string[] {
  return [
    ...(scope === undefined ? [] : SCOPES[scope]),
    ...valued('--timeout', timeoutSeconds),
    ...(group === true ? ['--group'] : []),
    ...(persist === true ? ['--persist'] : []),
    ...(force === true ? ['--force'] : []),
  ];
}

function valued(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [name, String(value)];
}

function switched(name: string, value: boolean | undefined): string[] {
  return value === undefined ? [] : [name, value ? 'on' : 'off'];
}

function wordsOf(wish: Exclude<Wish, { readonly verb: 'undo' }>): readonly string[] {
  switch (wish.verb) {
    case 'prepare':
      return ['prepare', ...wish.functions, ...valued('--driver', wish.driver), ...common(wish), ...(wish.group === true ? ['--yes'] : [])];
    case 'release':
      return ['release', ...wish.functions, ...common(wish), ...(wish.group === true ? ['--yes'] : [])];
    case 'attach': {
      const managed = wish.managed === undefined ? [] : ['--managed', wish.managed ? 'yes' : 'no'];
      return ['attach', wish.guest, ...wish.functions, ...managed, ...valued('--uid', wish.uid), ...valued('--fid', wish.fid), ...common(wish), '--yes'];
    }
    case 'attach from pool':
      return ['attach', wish.guest, '--pool', wish.network, ...valued('--mac', wish.mac), ...valued('--vlan', wish.vlan), ...common(wish), '--yes'];
    case 'detach':
      return ['detach', wish.guest, ...wish.functions, ...common(wish), '--yes'];
    case 'swap':
      return ['swap', wish.guest, wish.old, wish.next, ...common(wish), '--yes'];
    case 'ports add':
      return ['ports', wish.guest, '--add', String(wish.count)];
    case 'vf create':
      return ['vf', 'create', wish.physicalFunction, String(wish.numVfs), ...(wish.hostDrivers === true ? ['--host-drivers'] : []), ...common(wish)];
    case 'vf remove':
      return ['vf', 'remove', wish.physicalFunction];
    case 'vf set': {
      const values = [...valued('--mac', wish.mac), ...valued('--vlan', wish.vlan), ...valued('--rate', wish.rate)];
      return ['vf', 'set', wish.virtualFunction, ...values, ...switched('--trust', wish.trust), ...switched('--spoofchk', wish.spoofchk), ...common(wish)];
    }
    case 'slot on':
      return ['slot', 'on', ...wish.fids];
    case 'slot off':
    case 'slot reset':
    case 'slot reconfigure':
      return [...wish.verb.split(' '), ...wish.fids, ...common(wish)];
    case 'persistent remove':
      return ['persistent', 'remove', ...wish.functions];
    case 'pool create':
      return ['pool', 'create', wish.network, ...wish.functions, ...(wish.autostart === true ? ['--autostart'] : []), ...common(wish)];
    case 'pool remove':
      return ['pool', 'remove', wish.network, ...common(wish)];
    case 'apply':
      return ['apply', '-f', wish.file ?? WISH_FILE, ...(wish.prune === true ? ['--prune'] : []), ...common(wish), '--yes'];
    case 'recover':
      return ['recover'];
  }
}
