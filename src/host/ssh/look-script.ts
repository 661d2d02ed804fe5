/**
 * What a machine without hostdev is asked: a script for its /bin/sh, always the same, which prints what reading the machine looks at (the reading of
 * HostState, readiness and rules). It changes nothing, and needs cat, ls, xargs, sed, tr, od and id; the records that it prints are read by transcript.ts, which skips
 * empty lines: a file's last line may have no end. Users of that machine choose the names of files that they have open, so nothing is printed of those but with
 * `ls -q`, which prints no line ends in them.
 */
import { CAPABILITY_CACHE, LIBRARIES } from '../../state/installed-libvirt.ts';
import { MODPROBE_DIRECTORIES } from '../../state/modprobe-config.ts';
import { ASKED_ADDRESSES } from '../../state/network-uses.ts';
import { DRIVERCTL_DIRECTORY } from '../../state/persist/foreign-rules.ts';
import { FUNCTIONS_FILE, INITRAMFS_TOOLS, MODPROBE_FILE, RULES_DIRECTORY, TAKE_SCRIPT_FILE } from '../../state/persist/paths.ts';

/** Records of the script begin with this; a hostdev that is there answers first. */
export const SNAPSHOT_MARK = 'hostdev-look snapshot';
export const TREE_MARK = 'hostdev-look tree';
export const NO_SYSFS_MARK = 'hostdev-look no-sysfs';
export const END_MARK = 'hostdev-look end';

/** Below the root that is looked at, each in a shell's words: they may have patterns, and no blanks. */
const under = (...paths: readonly string[]): string => paths.map((path) => `"$R"${path}`).join(' ');

const FUNCTION = '/sys/bus/pci/devices/*';
const NODE_CLASSES = ['drm', 'sound', 'accel', 'video4linux', 'dvb', 'infiniband_verbs', 'uio', 'scsi_generic', 'scsi_tape', 'nvme-generic', 'nvme'];
const NODES = [...NODE_CLASSES.map((name) => `/sys/class/${name}`), '/sys/bus/usb/devices'];
const hooks = Object.values(INITRAMFS_TOOLS);

const DIRECTORIES = [
  ...['/sys/bus/pci/devices', FUNCTION, `${FUNCTION}/net`, `${FUNCTION}/mdev_supported_types`, `${FUNCTION}/mdev_supported_types/*/devices`],
  ...['/sys/bus/pci/slots', '/sys/bus/pci/drivers/*vfio*', '/sys/kernel/iommu_groups', '/sys/kernel/iommu_groups/*/devices', '/sys/class/iommu'],
  ...['/sys/class/block', '/sys/class/block/*/holders', '/sys/fs/btrfs', '/sys/fs/btrfs/*/devices', '/sys/module/zfs', '/sys/module/vfio_pci/holders'],
  ...[
    '/sys/class/net',
    '/sys/class/net/*',
    '/sys/class/tty',
    '/sys/class/graphics',
    '/sys/class/input',
    '/sys/class/nvme-subsystem',
    '/sys/class/nvme-subsystem/*',
  ],
  ...['/sys/class/vfio-dev', '/sys/class/iscsi_connection', '/sys/bus/virtio/devices', '/sys/fs/virtiofs', '/sys/firmware/acpi/tables', '/dev/vfio'],
  ...[...NODES, '/proc', '/proc/driver/nvidia/gpus', '/run/udev', '/run/libvirt/qemu', CAPABILITY_CACHE, ...LIBRARIES],
  ...['/etc/pve', '/etc/kernel/cmdline.d', '/etc/grub.d', '/boot/loader/entries', ...MODPROBE_DIRECTORIES, RULES_DIRECTORY, DRIVERCTL_DIRECTORY],
  ...hooks.map(({ sign }) => sign),
];

const LINKS = [
  ...[FUNCTION, ...['driver', 'iommu_group', 'physfn', 'virtfn*'].map((name) => `${FUNCTION}/${name}`)],
  ...['/sys/class/block/*', '/sys/class/net/*', '/sys/class/net/*/master', '/sys/class/tty/*', '/sys/class/graphics/fb*', '/sys/class/input/input*'],
  ...['/sys/class/vfio-dev/*', '/sys/bus/virtio/devices/*', '/sys/fs/virtiofs/*/device', ...NODES.map((path) => `${path}/*`)],
];

const FUNCTION_ATTRIBUTES = [
  ...['vendor', 'device', 'class', 'subsystem_vendor', 'subsystem_device', 'revision', 'modalias', 'driver_override', 'reset_method', 'numa_node'],
  ...['boot_vga', 'current_link_speed', 'current_link_width', 'max_link_speed', 'max_link_width', 'sriov_totalvfs', 'sriov_numvfs'],
  ...['sriov_drivers_autoprobe', 'function_id', 'uid', 'uid_is_unique', 'pchid', 'port', 'pft', 'vfn', 'pfgid', 'function_handle'],
];

/** Files of one line, which the shell reads itself. */
const ATTRIBUTES = [
  ...FUNCTION_ATTRIBUTES.map((name) => `${FUNCTION}/${name}`),
  ...[
    '/sys/bus/pci/slots/*/power',
    '/sys/class/block/*/dev',
    '/sys/class/block/dm-*/dm/name',
    '/sys/class/block/dm-*/dm/uuid',
    '/sys/class/block/md*/md/level',
  ],
  ...[
    '/sys/class/block/loop*/loop/backing_file',
    '/sys/class/block/zram*/backing_dev',
    '/sys/class/net/*/operstate',
    '/sys/class/net/*/flags',
    '/sys/class/net/*/address',
    '/sys/class/net/*/uevent',
  ],
  ...['/sys/class/input/input*/name', '/sys/class/input/input*/capabilities/key', '/sys/class/nvme/*/transport', '/sys/class/nvme/*/address'],
  ...['/sys/class/iscsi_connection/*/address', '/sys/class/iscsi_session/*/targetname', '/sys/bus/virtio/devices/*/mount_tag', '/sys/fs/virtiofs/*/tag'],
  ...['/sys/class/dmi/id/sys_vendor', '/sys/class/dmi/id/product_name', '/sys/hypervisor/type', '/sys/kernel/security/lockdown', '/sys/fs/selinux/enforce'],
  ...['/sys/module/apparmor/parameters/enabled', '/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts', '/etc/debian_version'],
  ...[
    '/proc/sys/kernel/osrelease',
    '/proc/sys/kernel/random/boot_id',
    '/proc/xen/capabilities',
    '/proc/[0-9]*/comm',
    ...NODES.map((path) => `${path}/*/uevent`),
  ],
];

const TEXTS = [
  ...['/proc/cmdline', '/proc/consoles', '/proc/iomem', '/proc/meminfo', '/proc/swaps', '/proc/self/limits', '/proc/self/mountinfo', '/proc/net/route'],
  ...['/proc/net/ipv6_route', '/proc/driver/nvidia/gpus/*/information', '/run/udev/data/b*', `${CAPABILITY_CACHE}/*.xml`],
  ...['/etc/kernel/cmdline', ...MODPROBE_DIRECTORIES.map((path) => `${path}/*.conf`), `${RULES_DIRECTORY}/10-hostdev-*`, `${DRIVERCTL_DIRECTORY}/*`],
  ...[FUNCTIONS_FILE, TAKE_SCRIPT_FILE, MODPROBE_FILE, ...hooks.map(({ file }) => file)],
];

/** libvirt's state: passwords of consoles stay there, and so does whatever else is no device that may be a function. */
const GUEST_STATES = '/run/libvirt/qemu/*.xml';
const WITHOUT_PASSWORDS = `s/passwd='[^']*'//g;s/passwd=\\"[^\\"]*\\"//g;s/^/T/p;d`;
const DEVICES_ONLY = ['hostdev', 'interface'].map((name) => `/<${name} /,/<\\/${name}>/{${WITHOUT_PASSWORDS};};`).join('');

/** Files with bytes that are no text. */
const BYTES = [`${FUNCTION}/config`, '/proc/device-tree/hypervisor/compatible'];

/**
 * The script. Its first word is the root of the tree that is looked at; there is none but in tests. It begins when all of it has come, and nothing in it
 * reads what comes behind it.
 */
export const LOOK_SCRIPT = `main() {
R=\${1-}
LC_ALL=C; export LC_ALL; unset TIME_STYLE LS_COLORS
if command -v hostdev >/dev/null 2>&1; then
  echo '${SNAPSHOT_MARK}'
  hostdev snapshot 2>/dev/null && { echo; echo '${END_MARK}'; exit 0; }
  echo
fi
[ -d "$R"/sys/bus/pci/devices ] || { echo '${NO_SYSFS_MARK}'; exit 0; }
echo '${TREE_MARK}'
printf 'R %s\\n' "$R"
printf 'U %s\\n' "$(id -u)"
printf 'O %s\\n' "$(printf '\\001\\000' | od -An -tu2)"
[ -n "\${SSH_CONNECTION-}" ] && printf 'S %s\\n' "$SSH_CONNECTION"
refused() { printf 'X %s %s\\n' "$2" "\${1#"$R"}"; }
end='
'
lost() {
  q=\${1%/*}
  while [ -n "$q" ] && ! [ -e "$q" ]; do q=\${q%/*}; done
  [ -d "$q" ] || return 0
  case $1 in
    *[*]*) [ -r "$q" ] && [ -x "$q" ] || refused "$q" EACCES ;;
    *) [ -x "$q" ] || refused "$1" EACCES ;;
  esac
}
why() { case $(cat "$1" 2>&1 >/dev/null) in *'Input/output error') refused "$1" EIO ;; *'ermission denied') refused "$1" EACCES ;; *'not permitted') refused "$1" EPERM ;; esac; }
broke() { v=$(why "$1"); if [ -n "$v" ]; then printf '%s\\n' "$v"; elif [ -e "$1" ]; then refused "$1" EIO; fi; }
d() { for p; do
  [ -d "$p" ] || { lost "$p"; continue; }
  [ -r "$p" ] && [ -x "$p" ] || { refused "$p" EACCES; continue; }
  printf 'D %s\\n' "\${p#"$R"}"
  for n in "$p"/* "$p"/.[!.]*; do
    [ -e "$n" ] || [ -h "$n" ] || continue
    case \${n##*/} in *"$end"*) refused "$p" EILSEQ ;; *) printf 'N %s\\n' "\${n##*/}" ;; esac
  done
done; }
a() { for p; do
  [ -e "$p" ] || { lost "$p"; continue; }
  [ -r "$p" ] || { refused "$p" EACCES; continue; }
  f=
  { while IFS= read -r v || [ -n "$v" ]; do [ -n "$f" ] || printf 'F %s\\n' "\${p#"$R"}"; f=1; printf 'T%s\\n' "$v"; done < "$p"; } 2>/dev/null
  [ -n "$f" ] || why "$p"
done; }
t() { for p; do
  [ -f "$p" ] || { lost "$p"; continue; }
  [ -r "$p" ] || { refused "$p" EACCES; continue; }
  printf 'F %s\\n' "\${p#"$R"}"
  if sed -n "$S" "$p" 2>/dev/null; then echo; else echo; broke "$p"; fi
done; }
b() { for p; do
  [ -e "$p" ] || { lost "$p"; continue; }
  [ -r "$p" ] || { refused "$p" EACCES; continue; }
  if h=$(od -An -v -tx1 -N 4096 "$p" 2>/dev/null); then printf 'B %s\\n' "\${p#"$R"}"; printf '%s\\n' "$h" | sed 's/^/H/'; else broke "$p"; fi
done; }
quoted() { sed 's/[^[:alnum:]/]/\\\\&/g'; }
Q=; ls -dnq / >/dev/null 2>&1 && Q=q
names() { for p; do if [ -h "$p" ]; then printf '%s\\n' "$p"; fi; done; }
l() {
  for p; do [ -e "$p" ] || [ -h "$p" ] || lost "$p"; done
  for again in 1 2 3; do
    names "$@" | quoted | xargs ls -ldn$Q -- / 2>/dev/null && { names "$@" | sed 's/^/W /'; return; }
    echo I
  done
  echo 'X 1 ls'
}
d ${under(...DIRECTORIES)}
l ${under(...LINKS)}
a ${under(...ATTRIBUTES)}
S='s/^/T/p'
t ${under(...TEXTS)}
S="${DEVICES_ONLY}"
t ${under(GUEST_STATES)}
S='1,400s/^/T/p'
t ${under('/proc/cpuinfo')}
r=; [ -r "$R"/proc/sys/kernel/osrelease ] && read -r r < "$R"/proc/sys/kernel/osrelease
S='/^alias vfio_pci:/s/^/T/p;/^alias pci:/s/^/T/p'
t "$R"/lib/modules/"$r"/modules.alias
S='/\\/vfio-pci\\.ko/s/^/T/p'
t "$R"/lib/modules/"$r"/modules.dep
b ${under(...BYTES)}
o=
for p in "$R"/proc/[0-9]*; do
  [ -d "$p"/fd ] || continue
  [ -r "$p"/fd ] && [ -x "$p"/fd ] || { refused "$p"/fd EACCES; continue; }
  printf 'D %s\\n' "\${p#"$R"}"/fd
  o="$o \${p##*/}"
  v=; { read -r v < "$p"/comm; } 2>/dev/null
  case $v in qemu*|kvm*)
    [ -r "$p"/cmdline ] || { [ ! -e "$p" ] || refused "$p"/cmdline EACCES; continue; }
    printf 'F %s\\n' "\${p#"$R"}"/cmdline
    { tr '\\000' '\\n' < "$p"/cmdline | sed -n '/^-name$/{s/^/T/p;n;s/,.*//;s/^/T/p;q;}'; } 2>/dev/null ;;
  esac
done
echo P
if [ -n "$Q" ]; then
  { printf '%s\\n' "$R"/proc/[0-9]*/fd | quoted | xargs ls -lnq -- "$R"/proc 2>/dev/null; echo "E $?"; } |
    sed -n -e '/^E /p' -e '/:$/p' -e '/^l.* -> \\/dev\\//p' -e '/^l.* -> /!{/^l/p;}'
  for n in $o; do [ -d "$R"/proc/"$n"/fd ] || printf 'V /proc/%s/fd\\n' "$n"; done
else
  echo 'X ENOTSUP /proc'
fi
echo A
if v=$(${ASKED_ADDRESSES} 2>/dev/null); then printf '%s\\n' "$v" | sed 's/^/T/'; else echo 'X 1 ${ASKED_ADDRESSES}'; fi
echo '${END_MARK}'
}
main "$@" </dev/null
`;
