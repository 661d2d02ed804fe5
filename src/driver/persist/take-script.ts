/**
 * What the rule runs when another driver was faster: at boot, one card's event loads the driver for all cards of its
 * kind, before their own events are looked at. udev has nothing but a shell then, and the root file system may be used
 * already, so the script looks first.
 */
export const TAKE_SCRIPT_FILE = '/etc/udev/hostdev-take';

export const TAKE_SCRIPT = `#!/bin/sh
# Run by udev as: hostdev-take ADDRESS DRIVER. Made by hostdev; it goes away with the last rule ('hostdev persistent').
# Gives a function to DRIVER although another one was faster, unless that one's disks or interfaces are in use.
address=$1
wanted=$2
function=/sys/bus/pci/devices/$address

leave() {
  echo "hostdev: $address stays with its host driver: $1 is in use" > /dev/kmsg
  exit 0
}

# check PART: every disk and partition whose path in sysfs has PART in it.
check() {
  for block in /sys/class/block/*; do
    case $(readlink -f "$block") in *"$1"*) ;; *) continue ;; esac
    name=\${block##*/}
    for holder in "$block"/holders/*; do [ -e "$holder" ] && leave "$name"; done
    read -r number < "$block/dev" || continue
    while read -r _ _ device _; do [ "$device" = "$number" ] && leave "$name"; done < /proc/self/mountinfo
    while read -r file _; do [ "$file" = "/dev/$name" ] && leave "$name"; done < /proc/swaps
  done
}

case $(readlink "$function/driver") in
  */"$wanted") exit 0 ;;
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
    for interface in "$function"/net/*; do
      [ -e "$interface/flags" ] || continue
      read -r flags < "$interface/flags"
      [ $((flags & 1)) -eq 0 ] || leave "\${interface##*/}"
    done
    echo "$address" > "$function/driver/unbind" ;;
esac
echo "$address" > /sys/bus/pci/drivers_probe
`;
