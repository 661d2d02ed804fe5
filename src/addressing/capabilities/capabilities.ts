/** What a QEMU binary can do, as far as guest addresses depend on it. */

/**
 * Flags are named as in libvirt's capability cache (`<flag name='pcie-root-port'/>`). Only those that
 * {@link ADDRESS_FLAGS} lists are ever asked for.
 */
export interface Capabilities {
  readonly arch: string;
  /** Path of the QEMU; undefined when nobody said. */
  readonly emulator?: string | undefined;
  readonly flags: ReadonlySet<string>;
  /** Machine type used where the definition names none. */
  readonly defaultMachine: string;
  /** Names and aliases of all machine types that it has; undefined where only some are known. */
  readonly machines?: ReadonlySet<string> | undefined;
  /** Set where the machine types are those of upstream's QEMU: a distribution's own are not among them. */
  readonly machinesOf?: 'preset' | undefined;
  /** Machine types of which QEMU says that they have no ACPI; undefined where nobody asked. */
  readonly withoutAcpi?: ReadonlySet<string> | undefined;
  /** `10.0`; undefined when nobody said. */
  readonly qemuVersion?: string | undefined;
  /** The libvirt that looked, as it numbers itself (11003000 is 11.3.0); undefined when nobody said. */
  readonly libvirtVersion?: number | undefined;
}

/** Every flag the rules look at. */
export const ADDRESS_FLAGS = [
  'VGA',
  'acpi-generic-initiator',
  'am53c974',
  'bochs-display',
  'ccid-emulated',
  'ccid-passthru',
  'cirrus-vga',
  'dc390',
  'dmi-to-pci-bridge',
  'e1000',
  'ich9-ahci',
  'ich9-intel-hda',
  'ich9-usb-ehci1',
  'ioh3420',
  'iommufd',
  'ivshmem-doorbell',
  'ivshmem-plain',
  'kvm',
  'lsi',
  'megasas',
  'mptsas1068',
  'ncr53c90',
  'nec-usb-xhci',
  'pci-bridge',
  'pci-ohci',
  'pcie-pci-bridge',
  'pcie-root-port',
  'pcie-root-port.hotplug',
  'piix3-usb-uhci',
  'piix4-usb-uhci',
  'piix4.acpi-root-pci-hotplug',
  'pvpanic',
  'pvpanic-pci',
  'pvscsi',
  'pxb',
  'pxb-pcie',
  'qemu-xhci',
  'qxl',
  'ramfb',
  'rtl8139',
  'spapr-pci-host-bridge',
  'spapr-pci-host-bridge.numa_node',
  'usb-ehci',
  'usb-hub',
  'usb-kbd',
  'usb-redir',
  'usb-storage',
  'vfio-ap',
  'vfio-ccw',
  'vfio-pci',
  'virtio-ccw.loadparm',
  'virtio-iommu.boot-bypass',
  'virtio-mem-ccw',
  'virtio-mem-pci',
  'virtio-mmio',
  'virtio-net',
  'virtio-pci-non-transitional',
  'virtio-pmem-pci',
  'virtio-scsi-pci',
  'vmware-svga',
  'vt82c686b-usb-uhci',
  'x3130-upstream',
  'xio3130-downstream',
  'zpci',
] as const;
