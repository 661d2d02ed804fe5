/** Changing the files that keep functions across boots. */
import type { HostPort } from '../../host/port.ts';
import type { Step } from '../../plan/step.ts';
import type { ChangeKind } from '../change.ts';
import { findInitramfsTools } from './initramfs.ts';
import { parseRule, ruleFile } from './rule.ts';
import { readFile, readRules, sharedFiles } from './rules-on-disk.ts';
import { FUNCTIONS_FILE, MODPROBE_FILE, TAKE_SCRIPT_FILE } from './take-script.ts';

/**
 * State: `rule` is the text of the subject's own rule, null where there is none; `shared` is `right` when the files that all
 * rules share say what the rules on disk say. Those are made from the rules, so the journal needs none of their text.
 */
export const RULE_FILES: ChangeKind = {
  lasting: true,
  read: async (port, { subject }) => {
    const onDisk = await readRules(port);
    const rules = onDisk.flatMap(({ rule }) => rule ?? []);
    const differing = await differences(port, await sharedFiles(port, rules, onDisk.length - rules.length));
    return { rule: await readFile(port, ruleFile(subject)), shared: differing.length === 0 ? 'right' : 'wrong' };
  },
  // Files are nobody's to lose.
  touches: async () => [],
  steps: async (port, { subject }, from, to) => {
    const own = ruleFile(subject);
    const others = (await readRules(port)).filter(({ file }) => file !== own);
    const wanted = parseRule(to['rule'] ?? '')?.rule;
    const rules = [...others.flatMap(({ rule }) => rule ?? []), ...(wanted === undefined ? [] : [wanted])];
    const unreadable = others.filter(({ rule }) => rule === undefined).length;
    const steps = await differences(port, await sharedFiles(port, rules, unreadable));
    const text = to['rule'] ?? null;
    if (text !== (from['rule'] ?? null))
      steps.push({ kind: 'file', path: own, text, why: text === null ? 'not any more at the next boots' : 'the rule for the next boots' });
    return steps.length > 0 && (await hasUdev(port)) ? [...steps, RELOAD] : steps;
  },
};

const RELOAD: Step = { kind: 'run', program: 'udevadm', args: ['control', '--reload'], why: 'udev reads its rules again' };

/** What makes the shared files say what they have to. */
async function differences(port: HostPort, wanted: Readonly<Record<string, string | null>>): Promise<Step[]> {
  const modes = new Map([[TAKE_SCRIPT_FILE, 0o755], ...(await findInitramfsTools(port)).map(({ file, mode }): [string, number] => [file, mode])]);
  const steps: Step[] = [];
  for (const [path, text] of Object.entries(wanted)) {
    if ((await readFile(port, path)) === text) continue;
    const why = text === null ? 'no rule is left that needs it' : (PURPOSES[path] ?? 'the rule comes into the initial RAM disk');
    steps.push({ kind: 'file', path, text, mode: modes.get(path) ?? 0o644, why });
  }
  return steps;
}

const PURPOSES: Readonly<Record<string, string>> = {
  [TAKE_SCRIPT_FILE]: 'what udev and modprobe run',
  [FUNCTIONS_FILE]: 'which functions it is for',
  [MODPROBE_FILE]: 'host drivers wait until it has run',
};

/** Without a running udev (a container, an installer) there is nobody to tell; the next boot reads the files anyway. */
async function hasUdev(port: HostPort): Promise<boolean> {
  return ((await port.list('/run/udev')) ?? []).includes('control');
}
