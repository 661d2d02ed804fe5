/** Our rules as they are on the host, and the files that all of them share. */
import type { HostPort, HostReader } from '../../host/port.ts';
import { findInitramfsTools } from './initramfs.ts';
import type { PersistentRule } from './persistent-rule.ts';
import { isRuleFile, parseRule, RULES_DIRECTORY } from './rule.ts';
import { formatFunctions, formatModprobe, FUNCTIONS_FILE, MODPROBE_FILE, TAKE_SCRIPT, TAKE_SCRIPT_FILE } from './take-script.ts';

/** One file of ours; without `rule` it is of another version of hostdev, or broken. */
export interface RuleOnDisk {
  readonly file: string;
  readonly rule: PersistentRule | undefined;
  /** Whether somebody changed it by hand. */
  readonly edited: boolean;
}

const FILE_LIMIT = 8 * 1024 * 1024;

export async function readFile(port: HostReader, path: string): Promise<string | null> {
  const bytes = await port.read(path, FILE_LIMIT);
  return bytes === undefined ? null : new TextDecoder().decode(bytes);
}

export async function readRules(port: HostReader): Promise<RuleOnDisk[]> {
  const names = ((await port.list(RULES_DIRECTORY)) ?? []).filter(isRuleFile);
  return Promise.all(
    names.map(async (name) => {
      const file = `${RULES_DIRECTORY}/${name}`;
      const parsed = parseRule((await readFile(port, file)) ?? '');
      return { file, rule: parsed?.rule, edited: parsed?.edited ?? false };
    }),
  );
}

/**
 * What the shared files have to say for these rules: path → text, null where there is to be none. Rules that cannot be read
 * keep the files where they are.
 */
export async function sharedFiles(port: HostPort, rules: readonly PersistentRule[], unreadable: number): Promise<Readonly<Record<string, string | null>>> {
  const kept = (text: string): string | null => (rules.length + unreadable > 0 ? text : null);
  const hooks = await findInitramfsTools(port);
  const foreign = await foreignInstalls(port);
  return {
    [FUNCTIONS_FILE]: kept(formatFunctions(rules)),
    [TAKE_SCRIPT_FILE]: kept(TAKE_SCRIPT),
    [MODPROBE_FILE]: kept(formatModprobe(rules, (module) => foreign.has(module.replaceAll('-', '_')))),
    ...Object.fromEntries(hooks.map((hook) => [hook.file, kept(hook.text)])),
  };
}

/** Modules that somebody else has an `install` line for; of several only the first counts, and theirs is to stay it. */
async function foreignInstalls(port: HostReader): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const directory of ['/etc/modprobe.d', '/run/modprobe.d', '/usr/local/lib/modprobe.d', '/usr/lib/modprobe.d', '/lib/modprobe.d']) {
    for (const name of ((await port.list(directory)) ?? []).filter((each) => each.endsWith('.conf'))) {
      if (`${directory}/${name}` === MODPROBE_FILE) continue;
      for (const match of ((await readFile(port, `${directory}/${name}`)) ?? '').matchAll(/^\s*install\s+(\S+)/gm))
        found.add((match[1] ?? '').replaceAll('-', '_'));
    }
  }
  return found;
}
