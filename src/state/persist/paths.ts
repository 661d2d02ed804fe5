/** Where the files are that keep functions across boots. */
import { parseSysfsName } from '../../pci/sysfs-name.ts';

export const RULES_DIRECTORY = '/etc/udev/rules.d';
export const TAKE_SCRIPT_FILE = '/etc/udev/hostdev-take';
export const FUNCTIONS_FILE = '/etc/udev/hostdev-functions';
export const MODPROBE_FILE = '/etc/modprobe.d/hostdev.conf';

/** Tools that build initial RAM disks: a directory that is there when the tool is, and the file of ours that it gets. */
export const INITRAMFS_TOOLS = {
  'initramfs-tools': { sign: '/etc/initramfs-tools/hooks', file: '/etc/initramfs-tools/hooks/hostdev' },
  dracut: { sign: '/etc/dracut.conf.d', file: '/etc/dracut.conf.d/hostdev.conf' },
  mkinitcpio: { sign: '/etc/mkinitcpio.conf.d', file: '/etc/mkinitcpio.conf.d/hostdev.conf' },
} as const;

export type InitramfsTool = keyof typeof INITRAMFS_TOOLS;

/** Before every rule that loads drivers (80-drivers) or names devices. */
export function ruleFile(address: string): string {
  return `${RULES_DIRECTORY}/10-hostdev-${address.replaceAll(/[:.]/g, '-')}.rules`;
}

/** The address that a file of ours is for, by its name; undefined for files of others. */
export function addressOfRuleFile(file: string): string | undefined {
  const [, domain, bus, slot, fn] = /(?:^|\/)10-hostdev-(\w+)-(\w+)-(\w+)-(\w)\.rules$/.exec(file) ?? [];
  const name = `${domain}:${bus}:${slot}.${fn}`;
  return parseSysfsName(name) === undefined ? undefined : name;
}
