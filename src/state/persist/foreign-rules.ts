/** Functions that are kept with a driver by other means than ours: seen, told, and left alone. */
import { MODPROBE_DIRECTORIES, type ModprobeLine } from '../modprobe-config.ts';
import { type ListedId, readIdLists } from './id-list.ts';
import { RULES_DIRECTORY } from './paths.ts';

export interface ForeignRule {
  readonly by: 'driverctl' | 'kernel command line' | 'modprobe';
  /** Where it stands. */
  readonly file: string;
  /** Address of the function, or the ids that are taken, as they are written. */
  readonly what: string;
  readonly driver: string;
  /** Why nobody takes notice of it; null when it counts. */
  readonly void: string | null;
}

/** driverctl has a file for each address, whose text is the driver. */
export const DRIVERCTL_DIRECTORY = '/etc/driverctl.d';

/** What the kernel command line and modprobe's configuration say to vfio-pci. */
export function vfioPciRules(commandLine: string, modprobe: readonly ModprobeLine[]): ForeignRule[] {
  const booted = readIdLists(commandLine, /^vfio[-_]pci\.ids=/).map((ids): IdList => ({ by: 'kernel command line', file: '/proc/cmdline', ids }));
  const configured = modprobe
    .filter(({ command, module }) => command === 'options' && module === 'vfio_pci')
    .flatMap(({ file, rest }) => readIdLists(rest, /^ids=/).map((ids): IdList => ({ by: 'modprobe', file, ids })));
  // modprobe gives its own options first and those of the kernel command line behind them; a later `ids=` replaces an earlier one.
  const last = booted.at(-1) ?? configured.at(-1);
  return [...booted, ...configured].flatMap((list) => list.ids.map((id) => ruleOf(list, id, last)));
}

interface IdList {
  readonly by: 'kernel command line' | 'modprobe';
  readonly file: string;
  readonly ids: readonly ListedId[];
}

function ruleOf(list: IdList, { text, isCutOff }: ListedId, last: IdList | undefined): ForeignRule {
  const replaced = last !== undefined && list !== last ? `a later list of ids replaces this one (${last.file})` : null;
  const cut = isCutOff ? 'the blank before it ends the list, so the kernel does not take it: write the list without blanks' : null;
  return { by: list.by, file: list.file, what: text, driver: 'vfio-pci', void: cut ?? replaced };
}

/** Whether rules may be where this path is, ours or those of others. Files of ours that cannot be read are entries of their own. */
export function mayHaveRules(path: string): boolean {
  return (
    [RULES_DIRECTORY, '/proc/cmdline'].includes(path) ||
    [DRIVERCTL_DIRECTORY, ...MODPROBE_DIRECTORIES].some((directory) => `${path}/`.startsWith(`${directory}/`))
  );
}
