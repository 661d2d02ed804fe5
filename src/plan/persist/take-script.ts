/**
 * What udev and modprobe run at boot, when there is nothing but a shell: the override is set before a host driver is
 * loaded, whichever card it is loaded for; and a driver that was faster all the same loses the function again, unless its
 * disks or interfaces are in use by then.
 */
import { FUNCTIONS_FILE, TAKE_SCRIPT_FILE } from '../../state/persist/paths.ts';
import type { PersistentRule } from '../../state/persist/persistent-rule.ts';

const NOTE = "# Made by hostdev; it goes away with the last rule ('hostdev persistent').";

/** One line a function: where it is, what it is, and which driver is to have it; `-` for what does not matter. */
export function formatFunctions(rules: readonly PersistentRule[]): string {
  // In one order, whichever rule came last: the same rules make the same file.
  const sorted = [...rules].sort((a, b) => (a.address < b.address ? -1 : 1));
  const lines = sorted.flatMap(({ fingerprint: f, driver }) => {
    if (driver === null) return [];
    const ids = [f.vendor, f.device, f.subsystemVendor ?? '-', f.subsystemDevice ?? '-', f.fid ?? '-'];
    const serial = f.serial === null ? ['-', '-'] : [String(f.serial.offset), f.serial.bytes.replaceAll(' ', '')];
    return [[f.place ?? '-', ...ids, ...serial, driver].join(' ')];
  });
  return `${NOTE}\n# address vendor device subsystem_vendor subsystem_device function_id serial_offset serial driver\n${lines.join('\n')}\n`;
}

/** Loading one of these modules sets the overrides first; modules that somebody else has such a line for are left out. */
export function formatModprobe(rules: readonly PersistentRule[], isTaken: (module: string) => boolean): string {
  const modules = [...new Set(rules.filter(({ driver }) => driver !== null).flatMap((rule) => rule.modules))].filter((name) => !isTaken(name)).sort();
  const lines = modules.map((name) => `install ${name} /bin/sh ${TAKE_SCRIPT_FILE} early; /sbin/modprobe --ignore-install ${name} $CMDLINE_OPTS`);
  return `${NOTE}\n${lines.join('\n')}\n`;
}

export const TAKE_SCRIPT = `#!/bin/sh
${NOTE}
# hostdev-take early            before a host driver is loaded: names the driver of each function that is kept
# hostdev-take ADDRESS DRIVER   for udev, when the function has appeared: gives it to DRIVER although another was faster
# hostdev-take vf ADDRESS INDEX SETTING VALUE   for udev, when virtual functions have appeared
devices=/sys/bus/pci/devices
read -r words < /proc/cmdline
case " $words " in *" hostdev=off "*) exit 0 ;; esac

# same NAME WANTED: whether an attribute of $function is as wanted.
same() {
  [ "$2" = - ] && return 0
  read -r value < "$function/$1" && [ "$value" = "$2" ]
}

# serial OFFSET WANTED: eight bytes of the configuration space.
serial() {
  [ "$2" = - ] && return 0
  bytes=$(od -An -v -tx1 "-j$1" -N8 "$function/config")
  [ "$(echo $bytes | sed 's/ //g')" = "$2" ]
}

early() {
  while read -r address vendor device subvendor subdevice fid offset bytes driver; do
    case $address in '#'*) continue ;; -) candidates=$devices/* ;; *) candidates=$devices/$address ;; esac
    for function in $candidates; do
      [ -e "$function" ] && same vendor "$vendor" && same device "$device" && same subsystem_vendor "$subvendor" &&
        same subsystem_device "$subdevice" && same function_id "$fid" && serial "$offset" "$bytes" || continue
      read -r now < "$function/driver_override"
      [ "$now" = "$driver" ] || echo "$driver" > "$function/driver_override"
    done
  done < ${FUNCTIONS_FILE}
}

leave() {
  echo "hostdev: $address stays with its host driver: $1 is in use" > /dev/kmsg
  # Otherwise the next one who gives it back would take it away first.
  echo > "$function/driver_override"
  exit 0
}

# check PART: every disk and partition whose path in sysfs has PART in it.
check() {
  for block in /sys/class/block/*; do
    case $(readlink -f "$block") in *"$1"*) ;; *) continue ;; esac
    name=\${block##*/}
    for holder in "$block"/holders/* /sys/fs/btrfs/*/devices/"$name"; do [ -e "$holder" ] && leave "$name"; done
    read -r number < "$block/dev" || continue
    while read -r _ _ device _ _ rest; do
      [ "$device" = "$number" ] && leave "$name"
      # Some file systems are mounted under numbers of their own.
      case $rest in *" /dev/$name "*) leave "$name" ;; esac
    done < /proc/self/mountinfo
    while read -r file _; do [ "$file" = "/dev/$name" ] && leave "$name"; done < /proc/swaps
    grep -q '^E:ID_FS_TYPE=zfs_member' "/run/udev/data/b$number" 2> /dev/null && leave "$name"
  done
}

take() {
  address=$1
  function=$devices/$address
  case $(readlink "$function/driver") in
    */"$2") return ;;
    ?*)
      check "/$address/"
      # Disks of an NVMe subsystem hang on the subsystem.
      for controller in "$function"/nvme/nvme*; do
        for link in /sys/class/nvme-subsystem/*/"\${controller##*/}"; do
          [ -e "$link" ] || continue
          subsystem=\${link%/*}
          check "/\${subsystem##*/}/"
        done
      done
      # 1 is IFF_UP: an interface that the initial RAM disk brought up may carry the root file system.
      for interface in /sys/class/net/*; do
        case $(readlink -f "$interface") in *"/$address/"*) ;; *) continue ;; esac
        read -r flags < "$interface/flags"
        [ $((flags & 1)) -eq 0 ] || leave "\${interface##*/}"
      done
      echo "$address" > "$function/driver/unbind" ;;
  esac
  echo "$address" > /sys/bus/pci/drivers_probe
}

vf() {
  for interface in "$devices/$1"/net/*; do
    [ -e "$interface" ] || continue
    ip link set dev "\${interface##*/}" vf "$2" "$3" "$4" && return
    # udev may be giving it its name.
    sleep 1
    for again in "$devices/$1"/net/*; do ip link set dev "\${again##*/}" vf "$2" "$3" "$4"; done
    return
  done
}

case $1 in
  early) early ;;
  vf) vf "$2" "$3" "$4" "$5" ;;
  *) take "$1" "$2" ;;
esac
exit 0
`;
