/** What the emulated PC host is made of: packages, modules, kernel command lines. */
import { INITRAMFS_MODULES } from '../machine/root-modules.ts';

/** Debian packages of the emulated host itself. */
export const HOST_PACKAGES = [
  'linux-image-amd64',
  'nodejs',
  'busybox-static',
  'dash',
  'util-linux',
  'mount',
  'fdisk',
  'pciutils',
  'kmod',
  'udev',
  'lvm2',
  'cryptsetup-bin',
  'mdadm',
  'dmsetup',
  'iproute2',
  'e2fsprogs',
  'btrfs-progs',
  // The laboratory's programs that hold a VFIO device need ioctl(2); no shell has it.
  'perl-base',
  // Guests of its own.
  'libvirt-daemon',
  'libvirt-daemon-driver-qemu',
  'libvirt-daemon-driver-nodedev',
  'libvirt-daemon-driver-network',
  'libvirt-clients',
  'qemu-system-x86',
];

/** Packages of the emulator that runs it, in the machine's own architecture. */
export const EMULATOR_PACKAGES = ['qemu-system-x86'];

/** More of them, where the root file system is on LVM on crypt on NVMe. */
export const CRYPT_MODULES = [
  'drivers/nvme/common/nvme-auth',
  'drivers/nvme/host/nvme-core',
  'drivers/nvme/host/nvme',
  'drivers/md/dm-mod',
  'drivers/md/dm-crypt',
  'crypto/xts',
  'crypto/cryptd',
  'crypto/crypto_simd',
  'lib/crypto/gf128mul',
  'arch/x86/crypto/aesni-intel',
];

/** Modules that the running host can load, by alias or by name. What they need must be in the list as well. */
export const HOST_MODULES = [
  ...INITRAMFS_MODULES,
  ...CRYPT_MODULES,
  ...['intel/e1000e/e1000e', 'intel/igb/igb', 'intel/igbvf/igbvf', 'intel/e1000/e1000', 'realtek/8139too', 'realtek/8139cp'].map(
    (name) => `drivers/net/ethernet/${name}`,
  ),
  ...['drivers/i2c/algos/i2c-algo-bit', 'drivers/dca/dca', 'drivers/net/mii', 'net/core/failover', 'drivers/net/net_failover', 'drivers/net/virtio_net'],
  ...['scsi_common', 'scsi_mod', 'sd_mod', 'virtio_scsi'].map((name) => `drivers/scsi/${name}`),
  ...['drivers/ata/libata', 'drivers/ata/libahci', 'drivers/ata/ahci'],
  ...['common/usb-common', 'core/usbcore', 'host/xhci-hcd', 'host/xhci-pci', 'storage/usb-storage', 'storage/uas'].map((name) => `drivers/usb/${name}`),
  ...['drivers/hid/hid', 'drivers/hid/usbhid/usbhid', 'drivers/hid/hid-generic'],
  ...['drm', 'drm_kms_helper', 'ttm/ttm', 'drm_ttm_helper', 'drm_vram_helper', 'tiny/bochs'].map((name) => `drivers/gpu/drm/${name}`),
  ...['soundcore', 'core/snd', 'core/snd-timer', 'core/snd-pcm', 'core/snd-hwdep', 'hda/snd-hda-core', 'pci/hda/snd-hda-codec'].map((name) => `sound/${name}`),
  ...['hda/snd-intel-sdw-acpi', 'hda/snd-intel-dspcfg', 'pci/hda/snd-hda-intel', 'ac97_bus', 'pci/ac97/snd-ac97-codec', 'pci/snd-intel8x0'].map(
    (name) => `sound/${name}`,
  ),
  ...['drivers/i2c/i2c-smbus', 'drivers/i2c/busses/i2c-i801', 'drivers/mfd/lpc_ich'],
  ...['crypto/af_alg', 'crypto/algif_skcipher', 'crypto/algif_hash'],
  ...['md-mod', 'raid0', 'raid1'].map((name) => `drivers/md/${name}`),
  ...['drivers/block/loop', 'lib/lz4/lz4_compress', 'lib/lz4/lz4hc_compress', 'drivers/block/zram/zram'],
  ...['lib/libcrc32c', 'lib/raid6/raid6_pq', 'crypto/xor', 'crypto/blake2b_generic', 'crypto/xxhash_generic', 'fs/btrfs/btrfs'],
  ...['net/llc/llc', 'net/802/stp', 'net/bridge/bridge', 'net/tls/tls', 'drivers/net/bonding/bonding', 'net/802/mrp', 'net/802/garp', 'net/8021q/8021q'],
  ...['tap', 'macvlan', 'macvtap', 'dummy'].map((name) => `drivers/net/${name}`),
  ...['drivers/vfio/vfio', 'drivers/vfio/vfio_iommu_type1', 'virt/lib/irqbypass', 'drivers/vfio/pci/vfio-pci-core', 'drivers/vfio/pci/vfio-pci'],
  ...['drivers/pci/pci-stub', 'drivers/pci/pci-pf-stub'],
  // The emulated processor has SVM. kvm_amd refers to ccp, which has nothing to do here.
  ...['drivers/crypto/ccp/ccp', 'arch/x86/kvm/kvm', 'arch/x86/kvm/kvm-amd'],
];

/** Modules of the nested guest, in the order they are loaded. */
export const GUEST_MODULES = [
  ...['common/nvme-auth', 'host/nvme-core', 'host/nvme'].map((name) => `drivers/nvme/${name}`),
  ...['e1000e/e1000e', 'igbvf/igbvf'].map((name) => `drivers/net/ethernet/intel/${name}`),
];

// Initcalls that cost seconds under emulation and do nothing for us.
// On a busy machine the timer comes too late for the kernel's own check of it, which is a panic (seen).
export const HOST_COMMAND_LINE = 'console=ttyS0 quiet intel_iommu=on no_timer_check initcall_blacklist=jent_mod_init,load_system_certificate_list';

/** Of the nested guest: every initcall costs twice emulated time there. */
export const GUEST_COMMAND_LINE =
  'console=ttyS0 quiet i8042.noaux i8042.nokbd mitigations=off lsm=none initcall_blacklist=jent_mod_init,load_system_certificate_list,crypto_algapi_init,init_encrypted,inet6_init,init_kprobe_trace,crypto_kdf108_init,slab_sysfs_init,netlbl_init,init_ima,init_evm,dquot_init,fuse_init';

/** Commands that busybox stands in for where no package brings them. */
export const BUSYBOX_LINKS = [
  ...['ash', 'cat', 'cp', 'mv', 'rm', 'ln', 'ls', 'mkdir', 'rmdir', 'touch', 'chmod', 'chown', 'stat', 'readlink', 'basename', 'dirname', 'find', 'dd', 'sync'],
  ...['grep', 'sed', 'awk', 'head', 'tail', 'cut', 'tr', 'sort', 'uniq', 'wc', 'od', 'xargs', 'seq', 'test', 'env', 'id', 'printf', 'truncate', 'yes', 'true'],
  ...['ps', 'pidof', 'sleep', 'usleep', 'timeout', 'time', 'uptime', 'free', 'hostname', 'poweroff', 'reboot', 'which', 'cpio', 'expr', 'sha256sum', 'mknod'],
];
