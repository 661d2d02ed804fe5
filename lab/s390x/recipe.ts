/** What the emulated IBM Z host is made of: packages, modules, kernel command lines. */

/** Debian packages of the emulated host itself. */
export const HOST_PACKAGES = [
  'linux-image-s390x',
  'libvirt-daemon',
  'libvirt-daemon-driver-qemu',
  'libvirt-daemon-driver-nodedev',
  'libvirt-clients',
  'qemu-system-s390x',
  'nodejs',
  'busybox-static',
  'util-linux',
  'pciutils',
];

/** Packages of the emulator that runs it, in the machine's own architecture. */
export const EMULATOR_PACKAGES = ['qemu-system-s390x'];

/** Modules of the running host. */
export const HOST_MODULES = [
  'drivers/vfio/vfio',
  'drivers/vfio/vfio_iommu_type1',
  'virt/lib/irqbypass',
  'drivers/vfio/pci/vfio-pci-core',
  'drivers/vfio/pci/vfio-pci',
  'drivers/nvme/common/nvme-auth',
  'drivers/nvme/host/nvme-core',
  'drivers/nvme/host/nvme',
  'drivers/i2c/i2c-core',
  'drivers/i2c/algos/i2c-algo-bit',
  'drivers/net/ethernet/intel/igb/igb',
  'net/core/failover',
  'drivers/net/net_failover',
  'drivers/net/virtio_net',
];

/** Modules of the nested guest. */
export const GUEST_MODULES = ['drivers/nvme/common/nvme-auth', 'drivers/nvme/host/nvme-core', 'drivers/nvme/host/nvme'];

// Initcalls that cost seconds under emulation and do nothing for us.
export const HOST_COMMAND_LINE = 'console=sclp0 quiet initcall_blacklist=jent_mod_init,load_system_certificate_list';

const GUEST_BLACKLIST = [
  'jent_mod_init',
  'load_system_certificate_list',
  'crypto_algapi_init',
  'init_encrypted',
  'inet6_init',
  'init_kprobe_trace',
  'crypto_kdf108_init',
  'slab_sysfs_init',
  'cpacf_init',
  'netlbl_init',
  'lgr_init',
  'input_init',
  'init_ima',
  'init_evm',
  'dquot_init',
  'fuse_init',
  'hypfs_init',
];

export const GUEST_COMMAND_LINE = `console=sclp0 quiet initcall_blacklist=${GUEST_BLACKLIST.join(',')} lsm=none`;

/** Commands that busybox stands in for where no package brings them. */
export const BUSYBOX_LINKS = [
  'sh',
  'ash',
  'mount',
  'umount',
  'mkdir',
  'insmod',
  'lsmod',
  'rmmod',
  'ip',
  'hostname',
  'usleep',
  'sleep',
  'cat',
  'grep',
  'sed',
  'awk',
  'ps',
  'kill',
  'poweroff',
  'reboot',
  'cp',
  'mv',
  'rm',
  'ln',
  'ls',
  'find',
  'head',
  'tail',
  'sync',
  'dmesg',
  'wc',
  'cut',
  'tr',
  'sort',
  'timeout',
  'time',
  'vi',
  'od',
  'hexdump',
  'which',
  'xargs',
  'dd',
  'touch',
  'chmod',
  'uptime',
  'free',
  'setsid',
  'env',
  'basename',
  'readlink',
  'id',
  'diff',
  'stat',
  'su',
  'chown',
  'test',
  'seq',
  'mke2fs',
  'mkswap',
  'swapon',
  'swapoff',
];

/** A PCI function of the emulated host. */
export interface LabFunction {
  readonly id: string;
  readonly uid: number;
  readonly fid: number;
  /** QEMU's device with its properties. */
  readonly device: string;
  /** The back end it needs, as QEMU arguments; `{disk}` is replaced by an image. */
  readonly backend: readonly string[];
}

const nvme = (id: string, uid: number, fid: number): LabFunction => ({
  id,
  uid,
  fid,
  device: `nvme,id=${id},serial=LAB${id.toUpperCase()},drive=${id}disk`,
  backend: ['-drive', `if=none,id=${id}disk,file={disk},format=raw,snapshot=on,cache=unsafe`],
});

/** The functions the host has. Every one has its zpci object, so that its ids never depend on order. */
export const HOST_FUNCTIONS: readonly LabFunction[] = [
  nvme('n0', 0x7, 0x17),
  { id: 'g0', uid: 0x9, fid: 0x19, device: 'igb,id=g0,mac=52:54:00:00:09:19,romfile=', backend: [] },
  {
    id: 'v0',
    uid: 0x2,
    fid: 0x12,
    device: 'virtio-net-pci,id=v0,netdev=v0net,mac=52:54:00:00:02:12,disable-legacy=on,iommu_platform=on,romfile=',
    backend: ['-netdev', 'user,id=v0net,restrict=on'],
  },
  nvme('n1', 0x31, 0x41),
];
