/** The udev rule that takes a function at every boot, and creates virtual functions: its text, and reading it back. */
import type { Fingerprint } from './fingerprint.ts';
import type { PersistentRule, PersistentVfs } from './persistent-rule.ts';
import { TAKE_SCRIPT_FILE } from './take-script.ts';

const MARK = '# hostdev ';
const VERSION = 1;

export const RULES_DIRECTORY = '/etc/udev/rules.d';

/** Before every rule that loads drivers (80-drivers) or names devices. */
export function ruleFile(address: string): string {
  return `${RULES_DIRECTORY}/10-hostdev-${address.replaceAll(/[:.]/g, '-')}.rules`;
}

/** The address that a file is for, by its name. */
export function addressOfFile(file: string): string | undefined {
  const parts = /10-hostdev-([0-9a-f]{4,8})-([0-9a-f]{2})-([0-9a-f]{2})-([0-7])\.rules$/.exec(file);
  return parts === null ? undefined : `${parts[1]}:${parts[2]}:${parts[3]}.${parts[4]}`;
}

export function isRuleFile(name: string): boolean {
  return /^10-hostdev-[0-9a-f-]+\.rules$/.test(name);
}

export function formatRule(rule: PersistentRule): string {
  const lines = [
    `# Function ${rule.address}: made by hostdev. 'hostdev persistent remove ${rule.address}' takes it away again.`,
    `${MARK}${JSON.stringify({ version: VERSION, ...rule })}`,
    "# 'hostdev=off' on the kernel command line leaves every function alone for one boot.",
    'IMPORT{cmdline}="hostdev"',
    'ENV{hostdev}=="off", GOTO="hostdev_end"',
    ...(rule.driver === null ? [] : [takeLine(rule, rule.driver)]),
    ...(rule.vfs === null ? [] : vfLines(rule, rule.vfs)),
    'LABEL="hostdev_end"',
  ];
  return `${lines.join('\n')}\n`;
}

/** The rule behind a file's text; undefined when the file is not ours. `edited` says whether somebody changed it. */
export function parseRule(text: string): { readonly rule: PersistentRule; readonly edited: boolean } | undefined {
  const json = text
    .split('\n')
    .find((line) => line.startsWith(MARK))
    ?.slice(MARK.length);
  if (json === undefined) return undefined;
  try {
    const { version, ...rule } = JSON.parse(json) as PersistentRule & { version: number };
    if (version !== VERSION || typeof rule.address !== 'string' || typeof rule.fingerprint !== 'object') return undefined;
    return { rule, edited: formatRule(rule) !== text };
  } catch {
    return undefined;
  }
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

function matches({ address, byAddress, fingerprint }: PersistentRule): string[] {
  const attribute = (name: string, value: string | null): string[] => (value === null ? [] : [`ATTR{${name}}=="${value}"`]);
  return [
    ...(byAddress ? [`KERNEL=="${address}"`] : []),
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
