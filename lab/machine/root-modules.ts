/** What every emulated host needs to reach its root and the shared directory. */

/** Modules of the initial RAM disk, in the order they are loaded; paths below the kernel's module directory. */
export const INITRAMFS_MODULES = [
  'crypto/crc32c_generic',
  'fs/jbd2/jbd2',
  'fs/mbcache',
  'lib/crc16',
  'fs/ext4/ext4',
  'drivers/block/virtio_blk',
  'fs/netfs/netfs',
  'net/9p/9pnet',
  'fs/9p/9p',
  'net/9p/9pnet_virtio',
];
