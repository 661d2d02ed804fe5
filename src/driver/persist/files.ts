/** Changing the files that keep functions across boots. */
import { type HostPort } from '../../host/port.ts';
import type { ChangeKind } from '../change.ts';
import type { State } from '../journal/record.ts';
import type { Step } from '../../plan/step.ts';
import { FUNCTIONS_FILE, MODPROBE_FILE, TAKE_SCRIPT_FILE } from './take-script.ts';
import { findInitramfsTools } from './initramfs.ts';

/** State: path → text of each file, null where there is none. The subject is the address the rule is for. */
export const RULE_FILES: ChangeKind = {
  lasting: true,
  read: (port, { before }) => readFiles(port, Object.keys(before)),
  steps: async (port, _, from, to) => {
    const modes = new Map([[TAKE_SCRIPT_FILE, 0o755], ...(await findInitramfsTools(port)).map(({ file, mode }): [string, number] => [file, mode])]);
    const changed = Object.entries(to).filter(([path, text]) => text !== (from[path] ?? null));
    const files = changed.map(([path, text]): Step => ({ kind: 'file', path, text, mode: modes.get(path) ?? 0o644, why: purpose(path, text) }));
    return [...files, ...(changed.length > 0 && (await hasUdev(port)) ? [RELOAD] : [])];
  },
};

const RELOAD: Step = { kind: 'run', program: 'udevadm', args: ['control', '--reload'], why: 'udev reads its rules again' };

const RULE_LIMIT = 64 * 1024;

export async function readFiles(port: HostPort, paths: readonly string[]): Promise<State> {
  const found: Record<string, string | null> = {};
  for (const path of paths) {
    const bytes = await port.read(path, RULE_LIMIT);
    found[path] = bytes === undefined ? null : new TextDecoder().decode(bytes);
  }
  return found;
}

/** Without a running udev (a container, an installer) there is nobody to tell; the next boot reads the files anyway. */
async function hasUdev(port: HostPort): Promise<boolean> {
  return ((await port.list('/run/udev')) ?? []).includes('control');
}

const PURPOSES: Readonly<Record<string, string>> = {
  [TAKE_SCRIPT_FILE]: 'what udev and modprobe run',
  [FUNCTIONS_FILE]: 'which functions it is for',
  [MODPROBE_FILE]: 'host drivers wait until it has run',
};

function purpose(path: string, text: string | null): string {
  if (text === null) return 'not any more at the next boots';
  return path.endsWith('.rules') ? 'the rule for the next boots' : (PURPOSES[path] ?? 'the rule comes into the initial RAM disk');
}
