/**
 * What libvirt does differently from one version on, as far as it decides addresses or whether a definition is taken: one row a change. The rule
 * itself stands where the rules of its kind are, and asks for its row.
 *
 * Rules: docs/addressing.md §20.
 */
import { release, type VersionNumber } from './version.ts';

export interface Change {
  /** The first version that does it. */
  readonly since: VersionNumber;
  /**
   * Where no source names a version: the last one that was measured without it and the first one with it. `since` is then the first release after
   * the former, so that a version in between counts as new.
   */
  readonly between?: readonly [without: string, withIt: string];
  readonly what: string;
  readonly source: string;
}

/** Not said anywhere: somewhere after 9.0 and not after 11.3. */
const AFTER_9_0 = { since: release(9, 1), between: ['9.0', '11.3'] } as const;
/** Not said anywhere: somewhere after 11.3 and not after 12.8. */
const AFTER_11_3 = { since: release(11, 4), between: ['11.3', '12.8'] } as const;

export const CHANGES = {
  'controllers-in-order': {
    ...AFTER_9_0,
    what: 'Controllers that are added take their place by index in the list; before, they come last',
    source: 'measured',
  },
  'ich9-order': { ...AFTER_9_0, what: 'The list of controllers is put in order when parts of an ICH9 set got their indexes', source: 'measured' },
  'zpci-of-added': { ...AFTER_9_0, what: 'PCI controllers that are added have zPCI ids at once; before, from the next time on', source: 'measured' },
  crypto: { since: release(9, 1), what: '<crypto> is read; before, it is left out', source: 'news of 9.1.0' },
  pstore: { since: release(10, 6), what: '<pstore> is read; before, it is left out', source: 'news of 10.6.0' },
  'virtio-sound': { since: release(10, 4), what: 'Sound of model virtio', source: 'news of 10.4.0' },
  'usb-net': { since: release(10, 3), what: 'Interfaces of model usb-net are on USB; before, there is no place for them', source: 'news of 10.3.0' },
  mtp: { since: release(10, 2), what: 'File systems with driver mtp, on USB', source: 'news of 10.2.0' },
  'pvpanic-pci': { since: release(9, 1), what: 'Panic of model pvpanic, on PCI; the default on Arm virt', source: 'news of 9.1.0' },
  itco: { since: release(9, 1), what: 'Watchdog of model itco; q35 has it without being asked', source: 'news of 9.1.0' },
  'virt-by-default': {
    since: release(9, 3),
    what: 'Arm and RISC-V guests that name no machine are virt; before, integratorcp and spike',
    source: 'news of 9.3.0',
  },
  'several-watchdogs': { ...AFTER_9_0, what: 'More than one watchdog', source: 'measured' },
  'ib700-on-i440fx': { since: release(9, 3), what: 'Watchdog ib700 on i440fx only', source: 'news of 9.3.0' },
  'ps2-of-pc': { ...AFTER_9_0, what: 'PS/2 inputs on i440fx, q35 and isapc only; before, on all x86 and POWER machines', source: 'measured' },
  'acpi-by-machine': { ...AFTER_9_0, what: 'ACPI is refused on machines without it (pSeries, IBM Z)', source: 'measured' },
  'memory-without-numa': { ...AFTER_9_0, what: 'Memory devices of a guest without NUMA cells; before, on pSeries only', source: 'measured' },
  'usb-needs-model': {
    ...AFTER_9_0,
    what: "A USB controller for which QEMU has no default model keeps the guest from starting; before, it got the machine's own (-usb), but on q35 and virt",
    source: "golden command lines of libvirt 9.0's tests",
  },
  nvme: { since: release(11, 5), what: 'Disks on bus nvme and NVMe controllers, which are PCI devices', source: 'news of 11.5.0' },
  'amd-iommu': { since: release(11, 5), what: 'IOMMU of model amd, on q35', source: 'news of 11.5.0' },
  'virtio-scsi-default': { since: release(11, 6), what: 'SCSI controllers are virtio-scsi by default on Arm and RISC-V virt', source: 'news of 11.6.0' },
  'acpi-nodeset': {
    since: release(11, 8),
    what: '<acpi nodeset> of a PCI device: NUMA cells that are near it; before, it is left out',
    source: 'news of 11.8.0',
  },
  'usb-by-machine': {
    since: release(11, 9),
    what: 'USB controllers are qemu-xhci by default on Arm and RISC-V too, and models that the QEMU lacks are refused; on IBM Z none by default, also with an address',
    source: 'news of 11.9.0',
  },
  'several-iommus': { since: release(11, 10), what: 'More than one IOMMU', source: 'smmuv3 with pciBus, formatdomain: since 11.10.0' },
  iommufd: { since: release(12, 1), what: '<driver iommufd>', source: 'news of 12.1.0' },
  'iommufd-of-guest': { since: release(12, 2), what: '<iommufd> of a whole guest; before, it is left out', source: 'news of 12.2.0' },
  'no-9p-handle': { since: release(12, 2), what: 'File system driver handle is refused', source: 'news of 12.2.0' },
  'pci-by-machine': {
    ...AFTER_11_3,
    what: 'isapc and microvm have no PCI: no USB controller and no balloon without being asked, and PCI controllers are refused',
    source: 'measured',
  },
  'ports-for-bridges': {
    ...AFTER_11_3,
    what: 'Buses that are missing below a pcie-to-pci-bridge are added, as root ports; before, that was refused',
    source: 'measured',
  },
  'riscv-without-balloon': { ...AFTER_11_3, what: 'RISC-V guests have no balloon without being asked', source: 'measured' },
  'scsi-like-others': {
    ...AFTER_11_3,
    what: 'A SCSI controller without model is like the first that has one, where the machine has no default of its own',
    source: 'measured',
  },
  'nics-without-pci': { ...AFTER_11_3, what: 'Interfaces lan9118 and smc91c111 are no PCI devices', source: 'measured' },
} as const satisfies Readonly<Record<string, Change>>;

export type ChangeName = keyof typeof CHANGES;

/** What lies between two versions, the older change first. */
export function changesBetween(from: VersionNumber, to: VersionNumber): readonly Change[] {
  const [low, high] = from < to ? [from, to] : [to, from];
  return (Object.values(CHANGES) as readonly Change[]).filter(({ since }) => since > low && since <= high).toSorted((a, b) => a.since - b.since);
}
