/** Our rules as they are on the host, and the files that all of them share. */
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import {
  addressOfRuleFile,
  FUNCTIONS_FILE,
  INITRAMFS_TOOLS,
  type InitramfsTool,
  MODPROBE_FILE,
  ruleFile,
  RULES_DIRECTORY,
  TAKE_SCRIPT_FILE,
} from '../../state/persist/paths.ts';
import type { PersistentRule } from '../../state/persist/persistent-rule.ts';
import type { RuleFacts, RuleOnDisk } from '../../state/persist/rule-facts.ts';
import { parseRule } from '../../state/persist/rule-text.ts';
import { readModprobeConfig } from '../modprobe-config.ts';
import type { HostReader } from '../port.ts';

const FILE_LIMIT = 8 * 1024 * 1024;

/** Every rule of ours, whatever version wrote it. */
export async function readRules(port: HostReader): Promise<RuleOnDisk[]> {
  const found: RuleOnDisk[] = [];
  for (const name of (await port.list(RULES_DIRECTORY)) ?? []) {
    const [file, address] = [`${RULES_DIRECTORY}/${name}`, addressOfRuleFile(name)];
    const text = address === undefined ? undefined : await readFile(port, file);
    const reason = port.refused.get(file);
    if (address === undefined || (text === undefined && reason === undefined)) continue;
    found.push({ file, address, text: text ?? '', parsed: text === undefined ? { kind: 'refused', reason: reason ?? '' } : parseRule(text) });
  }
  return found;
}

/** The rule of ours for a function; undefined when there is none that can be read. */
export async function readRule(port: HostReader, address: PciAddress): Promise<PersistentRule | undefined> {
  const file = ruleFile(formatPciAddress(address));
  const parsed = (await readRules(port)).find((each) => each.file === file)?.parsed;
  return parsed?.kind === 'rule' ? parsed.rule : undefined;
}

/** Addresses of functions that a rule of ours gives to a VFIO driver at boot. */
export async function readKeptAddresses(port: HostReader): Promise<ReadonlySet<string>> {
  return new Set((await readRules(port)).flatMap(({ parsed }) => (parsed.kind === 'rule' && parsed.rule.driver !== null ? parsed.rule.address : [])));
}

/** All that a plan of rules has to know. */
export async function readRuleFacts(port: HostReader): Promise<RuleFacts> {
  const lines = await readModprobeConfig(port);
  const installs = lines.filter(({ command, file }) => command === 'install' && file !== MODPROBE_FILE);
  return {
    rules: await readRules(port),
    tools: await readInitramfsTools(port),
    foreignInstalls: new Set(installs.map(({ module }) => module)),
    shared: await readShared(port),
    hasUdev: ((await port.list('/run/udev')) ?? []).includes('control'),
  };
}

async function readInitramfsTools(port: HostReader): Promise<InitramfsTool[]> {
  const found: InitramfsTool[] = [];
  for (const [tool, { sign }] of Object.entries(INITRAMFS_TOOLS)) if ((await port.list(sign)) !== undefined) found.push(tool as InitramfsTool);
  return found;
}

async function readShared(port: HostReader): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const hooks = Object.values(INITRAMFS_TOOLS).map(({ file }) => file);
  for (const path of [FUNCTIONS_FILE, TAKE_SCRIPT_FILE, MODPROBE_FILE, ...hooks]) {
    const text = await readFile(port, path);
    if (text !== undefined) found.set(path, text);
  }
  return found;
}

async function readFile(port: HostReader, path: string): Promise<string | undefined> {
  const bytes = await port.read(path, FILE_LIMIT);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}
