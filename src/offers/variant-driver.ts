/** What follows from the VFIO driver that a function is with. */
import { isVfioDriver, type NodeDevice } from '../state/node-device.ts';

/**
 * Variant drivers that move a device's state to another host, by what is behind their names: the kernel's drivers/vfio/pci, whose Kconfig says so of
 * each (mlx5, hisilicon, pds, virtio, qat, xe). Of nvgrace-gpu it does not.
 */
const MIGRATING = /^(?:mlx5|hisi_acc|pds|virtio|qat|xe)_vfio_pci$/;

/** Whether it is with a driver that is neither the host's nor vfio-pci: whoever puts it to vfio-pci takes away what that driver can do. */
export function hasVariantDriver({ driver }: Pick<NodeDevice, 'driver'>): boolean {
  return isVfioDriver(driver) && normalized(driver) !== 'vfio_pci';
}

/** Whether a guest can be migrated with it, as far as its driver is concerned. */
export function isMigratable({ driver }: Pick<NodeDevice, 'driver'>): boolean {
  return MIGRATING.test(normalized(driver));
}

/** The kernel takes both signs in names of modules, and drivers are called with either. */
function normalized(driver: string | undefined): string {
  return (driver ?? '').replaceAll('-', '_');
}
