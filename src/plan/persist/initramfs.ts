/**
 * Where a driver takes its functions before the root file system is there, the rule has to be in the initial RAM disk.
 * Each tool that builds one gets a small file of ours; what it says does not depend on which functions there are.
 */
import { FUNCTIONS_FILE, INITRAMFS_TOOLS, type InitramfsTool, MODPROBE_FILE, TAKE_SCRIPT_FILE } from '../../state/persist/paths.ts';

export interface InitramfsHook {
  readonly tool: InitramfsTool;
  readonly file: string;
  readonly mode: number;
  readonly text: string;
  /** What has the RAM disk built anew. */
  readonly command: string;
}

const NOTE = "# Made by hostdev; it goes away with the last rule ('hostdev persistent').";

const HOOKS: Readonly<Record<InitramfsTool, Pick<InitramfsHook, 'mode' | 'text' | 'command'>>> = {
  'initramfs-tools': {
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
  dracut: {
    mode: 0o644,
    command: 'dracut --force',
    text: `${NOTE}
install_optional_items+=" /etc/udev/rules.d/10-hostdev-*.rules ${TAKE_SCRIPT_FILE} ${FUNCTIONS_FILE} ${MODPROBE_FILE} /usr/bin/od "
add_drivers+=" vfio_pci vfio_iommu_type1 "
`,
  },
  mkinitcpio: {
    mode: 0o644,
    command: 'mkinitcpio -P',
    text: `${NOTE}
MODULES+=(vfio_pci vfio_iommu_type1)
FILES+=(/etc/udev/rules.d/10-hostdev-*.rules ${TAKE_SCRIPT_FILE} ${FUNCTIONS_FILE} ${MODPROBE_FILE})
BINARIES+=(/usr/bin/od)
`,
  },
};

/** What each of these tools gets. */
export function initramfsHooks(tools: readonly InitramfsTool[]): InitramfsHook[] {
  return tools.map((tool) => ({ tool, file: INITRAMFS_TOOLS[tool].file, ...HOOKS[tool] }));
}
