/**
 * What a person might ask the emulated PC host for, in situations that are built inside it with the real tools. Every
 * request of `dangerous` is to be refused with that evidence, every one of `harmless` to be granted.
 */

/** Whose functions are asked for, and what the refusal has to say. */
type Dangerous = readonly [title: string, addresses: string, code: string, evidence: RegExp];
type Harmless = readonly [title: string, addresses: string];

export interface Scenario {
  readonly title: string;
  /** Shell commands that bring the situation about. They have `disk ADDRESS` and `nic ADDRESS` for the kernel's names. */
  readonly build: string;
  readonly dangerous: readonly Dangerous[];
  readonly harmless: readonly Harmless[];
  readonly clear: string;
}

/** Names of disks and interfaces change from boot to boot; addresses do not. */
export const NAMES = `
disk() {
  for d in /sys/bus/pci/devices/$1/nvme/nvme*/nvme*n*; do
    [ -e "$d" ] || continue
    name=\${d##*/}
    # A controller's private name of a namespace that its subsystem shows.
    case $name in *c*n*) subsystem=$(echo /sys/class/nvme-subsystem/*/\${name%%c*}); name=$(basename \${subsystem%/*}/nvme*n1) ;; esac
    echo /dev/$name
    return
  done
  for d in $(find /sys/bus/pci/devices/$1/ -path '*/block/sd?' -prune); do echo /dev/\${d##*/}; return; done
}
nic() { for d in /sys/bus/pci/devices/$1/net/* /sys/bus/pci/devices/$1/virtio*/net/*; do [ -e "$d" ] || continue; echo \${d##*/}; return; done; }
`;

const IN_USE = 'function-in-use';
const NOT = 'function-not-assignable';
const GROUP = 'group-incomplete';

export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'as it boots: root on LVM on crypt on NVMe',
    build: 'swapoff -a; swapon /dev/mapper/vg0-swap',
    dangerous: [
      ['the disk of the root file system', '04:00.0', IN_USE, /nvme\d+n1 → crypt croot → LVM vg0-root → mounted on \//],
      ['the disk of swap on LVM', '04:00.0', IN_USE, /nvme\d+n1 → crypt croot → LVM vg0-swap → swap/],
      ['the boot VGA', '00:01.0', IN_USE, /boot VGA/],
      ['the controller of the only keyboard', '0d:00.0', IN_USE, /the only keyboard/],
      ['the share that a hypervisor gives', '00:04.0', IN_USE, /share share → mounted on \/share/],
      ['the host bridge', '00:00.0', NOT, /is a bridge/],
      ['a root port', '00:08.0', NOT, /is a bridge/],
      ['the upstream port of a switch', '06:00.0', NOT, /is a bridge/],
      ['a downstream port of a switch', '07:00.0', NOT, /is a bridge/],
      ['a bridge to conventional PCI', '00:0e.0', NOT, /is a bridge/],
      ['the ISA bridge', '00:1f.0', NOT, /is a bridge/],
      [
        'one of three cards behind a conventional bridge',
        '0b:01.0',
        GROUP,
        /shares IOMMU group \d+ with 0000:0b:02\.0 \(Ethernet controller, \w+\), 0000:0b:03\.0/,
      ],
      ['another one of them', '0b:03.0', GROUP, /0000:0b:01\.0 \(Ethernet controller, e1000\)/],
      ['two of the three', '0b:01.0 0b:02.0', GROUP, /0000:0b:03\.0 \([\w ]+, snd_intel8x0\)/],
      ['the graphics half of a two-function card', '0c:00.0', GROUP, /0000:0c:00\.1 \([\w ]+, snd_hda_intel\)/],
      ['its sound half', '0c:00.1', GROUP, /0000:0c:00\.0 \([\w ]+, bochs/],
      ['one of two disks on one card', '10:00.0', GROUP, /0000:10:00\.1 \(NVMe controller, nvme\)/],
      ['the SATA controller beside the ISA bridge and SMBus', '00:1f.2', NOT, /has 0000:00:1f\.0 \(ISA bridge, lpc_ich\)/],
    ],
    harmless: [
      ['a disk that nobody mounted', '05:00.0'],
      ['a disk behind a switch, grouped with its port only', '09:00.0'],
      ['a card behind a switch', '08:00.0'],
      ['an interface without address', '12:00.0'],
      ['a card on the second NUMA node', '81:00.0'],
      ['a disk on the second NUMA node', '82:00.0'],
      ['a physical function without virtual ones', '02:00.0'],
      ['an NVMe controller whose namespace nobody uses', '03:00.0'],
      ['a SCSI controller whose disk nobody uses', '0f:00.0'],
      ['both halves of a two-function disk', '10:00.0 10:00.1'],
      ['a virtio card without network', '0e:00.0'],
      ['the serial card that is no console', '00:16.0'],
    ],
    clear: 'swapoff -a',
  },
  {
    title: 'disks in use',
    build: `
printf 'label: gpt\\nsize=80M\\nsize=80M\\nsize=60M\\n' | sfdisk -q $(disk 0000:05:00.0); udevadm settle
mke2fs -q -F $(disk 0000:05:00.0)p1; mkdir -p /mnt/a /mnt/b /mnt/c /mnt/d /mnt/e; mount -t ext4 $(disk 0000:05:00.0)p1 /mnt/a
mkswap -q $(disk 0000:05:00.0)p2; swapon $(disk 0000:05:00.0)p2
truncate -s 20M /mnt/a/file; mke2fs -q -F /mnt/a/file; mount -o loop /mnt/a/file /mnt/b
yes | mdadm --quiet --create /dev/md0 --level=1 --raid-devices=2 --metadata=1.2 --run --assume-clean $(disk 0000:09:00.0) $(disk 0000:82:00.0); udevadm settle
mke2fs -q -F /dev/md0; mount -t ext4 /dev/md0 /mnt/c
modprobe btrfs; mkfs.btrfs -q -f -m raid1 -d raid1 $(disk 0000:10:00.0) $(disk 0000:10:00.1); btrfs device scan >/dev/null; mount -t btrfs $(disk 0000:10:00.0) /mnt/d
head -c 32 /dev/urandom > /run/plain.key; cryptsetup open --type plain --cipher aes-xts-plain64 --key-size 256 --key-file /run/plain.key $(disk 0000:03:00.0) plain
mke2fs -q -F $(disk 0000:0f:00.0); mount -t ext4 $(disk 0000:0f:00.0) /mnt/e`,
    dangerous: [
      ['a mounted partition', '05:00.0', IN_USE, /nvme\d+n1p1 → mounted on \/mnt\/a/],
      ['swap on a partition', '05:00.0', IN_USE, /nvme\d+n1p2 → swap/],
      ['one half of a mounted MD RAID 1', '09:00.0', IN_USE, /nvme\d+n1 → RAID md0 \(raid1\) → mounted on \/mnt\/c/],
      ['its other half, on another node', '82:00.0', IN_USE, /nvme\d+n1 → RAID md0 \(raid1\) → mounted on \/mnt\/c/],
      ['btrfs on two disks, the one that the mount names', '10:00.0 10:00.1', IN_USE, /nvme\d+n1 → mounted on \/mnt\/d/],
      ['btrfs on two disks, the one it does not', '10:00.1 10:00.0', IN_USE, /nvme\d+n1 → (btrfs with nvme\d+n1, )?mounted on \/mnt\/d/],
      ['an open crypt device that nobody mounted, on an NVMe subsystem', '03:00.0', IN_USE, /nvme\d+n1 → crypt plain/],
      ['a mounted SCSI disk', '0f:00.0', IN_USE, /sd\w → mounted on \/mnt\/e/],
      ['a card whose group mate has a disk in use, taken as a group', '10:00.1', GROUP, /0000:10:00\.0/],
    ],
    harmless: [
      ['an idle interface while disks are busy', '12:00.0'],
      ['an idle card behind the same switch', '08:00.0'],
    ],
    clear: `umount /mnt/b /mnt/a /mnt/c /mnt/d /mnt/e; swapoff -a; mdadm --quiet --stop /dev/md0; cryptsetup close plain; udevadm settle`,
  },
  {
    title: 'disks with traces of use',
    build: `
mdadm --quiet --stop --scan 2>/dev/null; btrfs device scan --forget >/dev/null
mdadm --quiet --zero-superblock $(disk 0000:82:00.0); lvm pvcreate -q -ff -y $(disk 0000:82:00.0); lvm vgcreate -q idle $(disk 0000:82:00.0); lvm lvcreate -q -y -L 16M -n lv idle; lvm vgchange -q -an idle; udevadm settle`,
    dangerous: [],
    harmless: [
      ['a disk with file systems that are not mounted any more', '05:00.0'],
      ['a former half of a stopped RAID', '09:00.0'],
      ['former btrfs disks', '10:00.0 10:00.1'],
      ['a disk with a volume group that is not active', '82:00.0'],
      ['a disk whose crypt device is closed', '03:00.0'],
      ['an unmounted SCSI disk', '0f:00.0'],
    ],
    clear: 'true',
  },
  {
    title: 'a volume group that is active',
    build: 'lvm vgchange -q -ay idle; udevadm settle',
    dangerous: [['a disk with an active volume that nobody mounted', '82:00.0', IN_USE, /nvme\d+n1 → LVM idle-lv/]],
    harmless: [],
    clear: 'lvm vgremove -q -ff -y idle; udevadm settle',
  },
  {
    title: 'interfaces in use',
    build: `
ip link add br0 type bridge; ip link set $(nic 0000:01:00.0) master br0 up; ip link set br0 up; ip addr add 10.0.2.15/24 dev br0; ip route add default via 10.0.2.2
ip link add bond0 type bond mode active-backup; ip link set $(nic 0000:08:00.0) down; ip link set $(nic 0000:08:00.0) master bond0; ip link set $(nic 0000:81:00.0) down; ip link set $(nic 0000:81:00.0) master bond0; ip addr add 192.0.2.1/24 dev bond0
ip link add link $(nic 0000:12:00.0) name vlan7 type vlan id 7; ip addr add 198.51.100.7/24 dev vlan7; ip link set $(nic 0000:12:00.0) up; ip link set vlan7 up
ip addr add 203.0.113.9/24 dev $(nic 0000:0e:00.0)
ip link add link $(nic 0000:02:00.0) name tap0 type macvtap mode bridge; ip link set $(nic 0000:02:00.0) up
ip link set $(nic 0000:0b:01.0) up; ip addr add 2001:db8::7/64 dev $(nic 0000:0b:01.0) nodad`,
    dangerous: [
      ['the port of a bridge with an address', '01:00.0', IN_USE, /→ bridge br0 → address 10\.0\.2\.15/],
      ['the port of a bridge with the default route', '01:00.0', IN_USE, /→ bridge br0 → default route/],
      ['one port of a bond', '08:00.0', IN_USE, /→ bond bond0 → address 192\.0\.2\.1/],
      ['the other port of the bond', '81:00.0', IN_USE, /→ bond bond0 → address 192\.0\.2\.1/],
      ['an interface under a VLAN', '12:00.0', IN_USE, /→ VLAN vlan7 → address 198\.51\.100\.7/],
      ['an interface with an address', '0e:00.0', IN_USE, /→ address 203\.0\.113\.9/],
      ['an interface under a macvtap', '02:00.0', IN_USE, /→ macvtap tap0/],
      ['a card whose group mate has an IPv6 address', '0b:02.0 0b:01.0 0b:03.0', IN_USE, /group mate 0000:0b:01\.0 → \w+ → address 2001:db8::7/],
    ],
    harmless: [],
    clear: `ip link del br0; ip link del bond0; ip link del vlan7; ip link del tap0; for i in $(ls /sys/class/net); do [ $i = lo ] || [ ! -e /sys/class/net/$i/address ] || { ip addr flush dev $i; ip link set $i down; }; done`,
  },
  {
    title: 'interfaces that look busy',
    build: `ip link add br0 type bridge; ip link set br0 up; ip link set $(nic 0000:12:00.0) up; ip link set $(nic 0000:08:00.0) up; ip addr add 169.254.7.7/16 dev $(nic 0000:81:00.0)`,
    dangerous: [],
    harmless: [
      ['an interface that is up without address', '12:00.0'],
      ['an interface beside an empty bridge', '08:00.0'],
      ['an interface with a link-local address only', '81:00.0'],
      ['all three cards behind the conventional bridge', '0b:01.0 0b:02.0 0b:03.0'],
    ],
    clear: 'ip link del br0; ip addr flush dev $(nic 0000:81:00.0)',
  },
  {
    title: 'virtual functions, and functions that processes hold',
    build: `
echo 2 > /sys/bus/pci/devices/0000:02:00.0/sriov_numvfs; udevadm settle
ip addr add 192.0.2.66/24 dev $(nic 0000:02:10.0)
modprobe vfio-pci; echo vfio-pci > /sys/bus/pci/devices/0000:81:00.0/driver_override; echo 0000:81:00.0 > /sys/bus/pci/devices/0000:81:00.0/driver/unbind; echo 0000:81:00.0 > /sys/bus/pci/drivers_probe
perl -e 'open(my $h,"+<",$ARGV[0]) or die; open(my $p,">","/run/holder"); print $p $$; close $p; sleep 600' /dev/vfio/$(basename $(readlink /sys/bus/pci/devices/0000:81:00.0/iommu_group)) & while [ ! -s /run/holder ]; do usleep 20000; done
perl -e 'open(my $h,"+<",$ARGV[0]) or die; open(my $p,">","/run/drawer"); print $p $$; close $p; sleep 600' /dev/dri/$(basename /sys/bus/pci/devices/0000:0c:00.0/drm/card*) & while [ ! -s /run/drawer ]; do usleep 20000; done
perl -e 'open(my $h,"<",$ARGV[0]) or die; open(my $p,">","/run/reader"); print $p $$; close $p; sleep 600' $(disk 0000:05:00.0) & while [ ! -s /run/reader ]; do usleep 20000; done
ip netns add pod; ip link set $(nic 0000:12:00.0) netns pod`,
    dangerous: [
      ['a physical function with virtual ones', '02:00.0', IN_USE, /PF with 2 VFs: 0000:02:10\.0, 0000:02:10\.2/],
      ['a card that a program has through vfio', '81:00.0', 'function-held', /is held: \/dev\/vfio\/\d+ → perl \(pid \d+\)/],
      ['a virtual function with an address', '02:10.0', IN_USE, /→ address 192\.0\.2\.66/],
      ['a disk that a program reads without mounting it', '05:00.0', IN_USE, /nvme\d+n1 → open by perl \(pid \d+\)/],
      ['a card whose interface is in a container', '12:00.0', IN_USE, /is unknown: its interface → it is in another network namespace/],
      ['a graphics card that somebody draws on', '0c:00.0 0c:00.1', IN_USE, /\/dev\/dri\/card\d → open by perl \(pid \d+\)/],
    ],
    harmless: [['a virtual function beside a busy one', '02:10.2']],
    clear: `kill $(cat /run/drawer) $(cat /run/reader); ip netns del pod; ip addr flush dev $(nic 0000:02:10.0); echo 0 > /sys/bus/pci/devices/0000:02:00.0/sriov_numvfs`,
  },
];

/** One request of each kind of function that the kernel has: what check says of it is held against every other face. All of them: npm run soak. */
export const EVERY_FACE: ReadonlySet<string> = new Set([
  'a disk that nobody mounted',
  'the disk of the root file system',
  'the boot VGA',
  'a root port',
  'the SATA controller beside the ISA bridge and SMBus',
  'the graphics half of a two-function card',
  'both halves of a two-function disk',
  'a card that a program has through vfio',
  'a physical function with virtual ones',
  'a virtual function with an address',
  'a virtual function beside a busy one',
  'a card whose interface is in a container',
]);

/** Release of what a process holds is refused as well; done behind the last scenario, whose holder still lives. */
export const HELD = '0000:81:00.0';
