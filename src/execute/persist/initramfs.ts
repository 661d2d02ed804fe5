/**
 * Where a driver takes its functions before the root file system is there, the rule has to be in the initial RAM disk.
 * Each tool that builds one gets a small file of ours; what it says does not depend on which functions there are.
 */
import type { HostReader } from '../../host/port.ts';
import { FUNCTIONS_FILE, MODPROBE_FILE, TAKE_SCRIPT_FILE } from './take-script.ts';

export interface InitramfsHook {
  readonly tool: string;
  readonly file: string;
  readonly mode: number;
  readonly text: string;
  /** What has the RAM disk built anew. */
  readonly command: string;
}

interface KnownTool extends InitramfsHook {
  /** Directory that is there when the tool is. */
  readonly sign: string;
}

const NOTE = "# Made by hostdev; it goes away with the last rule ('hostdev persistent').";

const TOOLS: readonly KnownTool[] = [
  {
    tool: 'initramfs-tools',
    sign: '/etc/initramfs-tools/hooks',
    file: '/etc/initramfs-tools/hooks/hostdev',
    mode: 0o755,
    command: 'update-initramfs -u',
    text: `#!/bin/sh
${NOTE}
[ "$1" = prereqs ] && { echo udev; exit 0; }
. /usr/share/initramfs-tools/hook-functions
mkdir -p "$DESTDIR/etc/udev/rules.d"
cp -p /etc/udev/rules.d/10-hostdev-*.rules "$DESTDIR/etc/udev/rules.d/"
cp -p ${TAKE_SCRIPT_FILE} ${FUNCTIONS_FILE} "$DESTDIR/etc/udev/"
mkdir -p "$DESTDIR/etc/modprobe.d"
cp -p ${MODPROBE_FILE} "$DESTDIR/etc/modprobe.d/"
copy_exec /usr/bin/od
manual_add_modules vfio_pci vfio_iommu_type1
`,
  },
  {
    tool: 'dracut',
    sign: '/etc/dracut.conf.d',
    file: '/etc/dracut.conf.d/hostdev.conf',
    mode: 0o644,
    command: 'dracut --force',
    text: `${NOTE}
install_optional_items+=" /etc/udev/rules.d/10-hostdev-*.rules ${TAKE_SCRIPT_FILE} ${FUNCTIONS_FILE} ${MODPROBE_FILE} /usr/bin/od "
add_drivers+=" vfio_pci vfio_iommu_type1 "
`,
  },
  {
    tool: 'mkinitcpio',
    sign: '/etc/mkinitcpio.conf.d',
    file: '/etc/mkinitcpio.conf.d/hostdev.conf',
    mode: 0o644,
    command: 'mkinitcpio -P',
    text: `${NOTE}
MODULES+=(vfio_pci vfio_iommu_type1)
FILES+=(/etc/udev/rules.d/10-hostdev-*.rules ${TAKE_SCRIPT_FILE} ${FUNCTIONS_FILE} ${MODPROBE_FILE})
BINARIES+=(/usr/bin/od)
`,
  },
];

/** The tools this machine has. */
export async function findInitramfsTools(port: HostReader): Promise<InitramfsHook[]> {
  const found: InitramfsHook[] = [];
  for (const tool of TOOLS) if ((await port.list(tool.sign)) !== undefined) found.push(tool);
  return found;
}
