/** Functions of the emulated hosts whose changes are interrupted, and where those are written down. */
import type { Spare } from './changes.ts';

/** What a row of resets leaves on the root file system for the time after each, until the last. */
export const PROGRESS = '/var/lib/hostdev-crash-progress';

/** Places of the PC's topology that these functions stand in: the first disk is the second function's journal's. */
export const PC_ROOMS: readonly string[] = ['nic', 'sriov-nic', 'nvme', 'second-nic'];

export const PC_PLACES: readonly Spare[] = [
  { function: '0000:01:00.0', pf: '0000:02:00.0' },
  { function: '0000:04:00.0', stateDirectory: '/mnt/hostdev-crash' },
];

export const PC_DRIVERS = 'modprobe -a e1000e igb igbvf nvme vfio-pci';

/** The disk is made once, before the first reset, and keeps what was synced across all. */
export const PC_DRIVERS_AND_DISK = `${PC_DRIVERS}; while [ ! -b /dev/nvme0n1 ]; do usleep 20000; done
  [ -e ${PROGRESS} ] || mke2fs -q -t ext4 /dev/nvme0n1; mount -t ext4 /dev/nvme0n1 /mnt || exit 1`;

/** The root file system of the IBM Z host has no journal: what is synced there is one file. */
export const Z_PLACES: readonly Spare[] = [
  { function: '0031:00:00.0', slot: 0x41 },
  { function: '0007:00:00.0', slot: 0x17, stateDirectory: '/var/lib/hostdev-crash-second' },
];
