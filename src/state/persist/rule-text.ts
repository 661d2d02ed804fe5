/** The udev rule that takes a function at every boot, and creates virtual functions: its text, and reading it back. */
import { parseSysfsName } from '../../pci/sysfs-name.ts';
import { type Fingerprint, fingerprintOf } from '../fingerprint.ts';
import { TAKE_SCRIPT_FILE } from './paths.ts';
import type { PersistentRule, PersistentVfs } from './persistent-rule.ts';

const MARK = '# hostdev ';

/** Of the line that says what the rule is for. 0.1.0 wrote 1. */
const VERSION = 1;

export function formatRule(rule: PersistentRule): string {
  const { address, fingerprint, modules, driver, vfs } = rule;
  const { place, ...card } = fingerprint;
  const lines = [
    `# Function ${address}: made by hostdev. 'hostdev persistent remove ${address}' takes it away again.`,
    `${MARK}${JSON.stringify({ version: VERSION, address, byAddress: place !== null, fingerprint: card, modules, driver, vfs })}`,
    "# 'hostdev=off' on the kernel command line leaves every function alone for one boot.",
    'IMPORT{cmdline}="hostdev"',
    'ENV{hostdev}=="off", GOTO="hostdev_end"',
    ...(driver === null ? [] : [takeLine(rule, driver)]),
    ...(vfs === null ? [] : vfLines(rule, vfs)),
    'LABEL="hostdev_end"',
  ];
  return `${lines.join('\n')}\n`;
}

/** What a file of rules turned out to be. */
export type ParsedRule =
  /** `edited` says whether somebody changed the file. */
  | { readonly kind: 'rule'; readonly rule: PersistentRule; readonly edited: boolean }
  /** Written by a newer hostdev: what it says is not known here. */
  | { readonly kind: 'newer'; readonly version: number }
  /** There, but not to be read by who asks: `EACCES`. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Damaged, or somebody else's. */
  | { readonly kind: 'unreadable' };

/** The rule behind a file's text. */
export function parseRule(text: string): ParsedRule {
  const json = text
    .split('\n')
    .find((line) => line.startsWith(MARK))
    ?.slice(MARK.length);
  const fields = json === undefined ? undefined : parseObject(json);
  const version = fields?.['version'];
  if (fields === undefined || typeof version !== 'number') return UNREADABLE;
  if (version > VERSION) return { kind: 'newer', version };
  const rule = version === VERSION ? ruleOf(fields) : undefined;
  return rule === undefined ? UNREADABLE : { kind: 'rule', rule, edited: formatRule(rule) !== text };
}

const UNREADABLE: ParsedRule = { kind: 'unreadable' };

type Fields = Readonly<Record<string, unknown>>;

function parseObject(json: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ruleOf({ address, byAddress, fingerprint, modules, driver, vfs }: Fields): PersistentRule | undefined {
  const card = fingerprintOf(fingerprint);
  if (typeof address !== 'string' || parseSysfsName(address) === undefined || typeof byAddress !== 'boolean' || card === undefined) return undefined;
  if (!Array.isArray(modules) || !modules.every((name) => isWord(name))) return undefined;
  if (driver !== null && !isWord(driver)) return undefined;
  if (vfs !== null && !isVfs(vfs)) return undefined;
  return { address, fingerprint: { ...card, place: byAddress ? address : null }, modules, driver, vfs };
}

/** Names of modules and drivers, settings and their values: what a shell and udev take for one word. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[\w:.-]+$/.test(value);
}

function isVfs(value: unknown): value is PersistentVfs {
  if (!isObject(value) || !Number.isInteger(value['count']) || (value['count'] as number) < 0 || typeof value['hostDrivers'] !== 'boolean') return false;
  const settings = value['settings'];
  return isObject(settings) && Object.entries(settings).every(([index, each]) => /^\d+$/.test(index) && isObject(each) && Object.values(each).every(isWord));
}

/**
 * udev sets the override while it looks at the new function, before it loads drivers for it. Where the driver is there
 * already (another card's event loaded it), that alone would come too late.
 */
function takeLine(rule: PersistentRule, driver: string): string {
  return [
    'ACTION=="add"',
    'SUBSYSTEM=="pci"',
    ...matches(rule),
    `ATTR{driver_override}="${driver}"`,
    `RUN{builtin}+="kmod load ${driver.replaceAll('-', '_')}"`,
    `RUN+="/bin/sh ${TAKE_SCRIPT_FILE} $kernel ${driver}"`,
  ].join(', ');
}

function matches({ fingerprint }: PersistentRule): string[] {
  const attribute = (name: string, value: string | null): string[] => (value === null ? [] : [`ATTR{${name}}=="${value}"`]);
  return [
    ...(fingerprint.place === null ? [] : [`KERNEL=="${fingerprint.place}"`]),
    ...attribute('vendor', fingerprint.vendor),
    ...attribute('device', fingerprint.device),
    ...attribute('subsystem_vendor', fingerprint.subsystemVendor),
    ...attribute('subsystem_device', fingerprint.subsystemDevice),
    ...attribute('function_id', fingerprint.fid),
    ...(fingerprint.serial === null ? [] : serialMatch(fingerprint.serial)),
  ];
}

/** No attribute of sysfs has the serial number; it stands in the configuration space. */
function serialMatch({ offset, bytes }: NonNullable<Fingerprint['serial']>): string[] {
  return [`PROGRAM=="/usr/bin/od -An -v -tx1 -j${offset} -N8 /sys$devpath/config"`, `RESULT=="*${bytes}*"`];
}

/**
 * Virtual functions can only appear once the driver of the physical one has bound; udev hears of that. Writing the number
 * that is there already changes nothing. Settings come behind it, through whichever name the interface has by then.
 */
function vfLines(rule: PersistentRule, vfs: PersistentVfs): string[] {
  const settings = Object.entries(vfs.settings).flatMap(([index, each]) => Object.entries(each).map(([word, value]) => `${index} ${word} ${value}`));
  // A line each: udev does not promise the order of assignments within one.
  const actions = [
    ...(vfs.hostDrivers ? [] : ['ATTR{sriov_drivers_autoprobe}="0"']),
    `ATTR{sriov_numvfs}="${vfs.count}"`,
    ...settings.map((words) => `RUN+="/bin/sh ${TAKE_SCRIPT_FILE} vf $kernel ${words}"`),
  ];
  const bound = ['ACTION=="add|bind"', 'SUBSYSTEM=="pci"', ...matches(rule), 'DRIVER=="?*"', 'DRIVER!="*vfio*"'];
  return actions.map((action) => [...bound, action].join(', '));
}
