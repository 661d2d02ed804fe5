/** What services of hostdev may not do, whatever is wrong with them: systemd.exec(5). Each line that is missing here would take something that they need. */

export const HARDENING: readonly string[] = [
  ...['NoNewPrivileges=yes', 'LockPersonality=yes', 'RestrictRealtime=yes', 'RestrictSUIDSGID=yes', 'RestrictNamespaces=yes', 'RemoveIPC=yes', 'UMask=0077'],
  ...['KeyringMode=private', 'SystemCallArchitectures=native', 'SystemCallErrorNumber=EPERM', 'SystemCallFilter=@system-service'],
  ...['SystemCallFilter=~@resources @obsolete @privileged', 'ProtectClock=yes', 'ProtectHostname=yes', 'ProtectKernelLogs=yes', 'ProtectControlGroups=yes'],
  // They write sysfs, rules for the next boots, and the journal. ProtectKernelTunables= would keep them from the first.
  'ProtectSystem=strict',
  `ReadWritePaths=/sys -/run/hostdev -/etc/udev -/etc/modprobe.d -/etc/dracut.conf.d -/etc/initramfs-tools -/etc/mkinitcpio.conf.d`,
  // What is mounted on the host stays in mountinfo, below what is put over it: a disk is in use all the same.
  ...['ProtectHome=read-only', 'PrivateTmp=yes', 'PrivateMounts=yes'],
  'DevicePolicy=closed',
];

/**
 * Of root's powers: the whole config space of functions (SYS_ADMIN), who holds /dev/vfio (SYS_PTRACE, DAC_READ_SEARCH), settings of virtual
 * functions (NET_ADMIN).
 */
export const CAPABILITIES: readonly string[] = ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH', 'CAP_NET_ADMIN'];

/** Modules are loaded before, by what ends then: the services themselves may load none. */
export const LOAD_VFIO = 'ExecStartPre=-+/sbin/modprobe -q vfio-pci';

/** Where the journal is. */
export const STATE_DIRECTORY: readonly string[] = ['StateDirectory=hostdev', 'StateDirectoryMode=0755'];

/** Where the store of a fleet is a directory, this is where it is, as docs/fleet.md makes it; others are added by a drop-in. Hosts that have none have no such path. */
export const FLEET_DIRECTORY = 'ReadWritePaths=-/srv/hostdev-fleet';

/** The text of a unit. */
export function unit(sections: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(sections)
    .map(([name, lines]) => `[${name}]\n${lines.map((line) => `${line}\n`).join('')}`)
    .join('\n');
}
