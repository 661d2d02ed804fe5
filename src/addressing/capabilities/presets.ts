/** What current QEMU builds offer per guest architecture; measured from QEMU 7.1 (ppc64) to 10.0 (x86, s390x). */
import type { Capabilities } from './capabilities.ts';

const BRIDGES = [
  'pci-bridge',
  'pcie-root-port',
  'pcie-root-port.hotplug',
  'ioh3420',
  'pcie-pci-bridge',
  'dmi-to-pci-bridge',
  'x3130-upstream',
  'xio3130-downstream',
];
const USB = ['piix3-usb-uhci', 'pci-ohci', 'nec-usb-xhci', 'ich9-usb-ehci1', 'qemu-xhci'];
const VIRTIO = ['virtio-pci-non-transitional', 'virtio-scsi-pci', 'virtio-net'];
const CLASSIC = ['lsi', 'rtl8139', 'e1000', 'cirrus-vga', 'VGA', 'am53c974', 'dc390'];
const EVERYWHERE = ['kvm', 'vfio-pci'];
/** QEMU 9.0 and later have it where the kernel does. */
const IOMMUFD = ['iommufd'];
const COMMON = [...BRIDGES, ...USB, ...VIRTIO, ...CLASSIC, ...EVERYWHERE];

const PRESETS: Readonly<Record<string, { readonly machine: string; readonly flags: readonly string[] }>> = {
  x86_64: { machine: 'pc', flags: [...COMMON, ...IOMMUFD, 'pxb', 'pxb-pcie', 'piix4.acpi-root-pci-hotplug'] },
  i686: { machine: 'pc', flags: [...COMMON, ...IOMMUFD, 'pxb', 'pxb-pcie', 'piix4.acpi-root-pci-hotplug'] },
  aarch64: { machine: 'virt', flags: [...COMMON, ...IOMMUFD, 'pxb', 'pxb-pcie', 'virtio-mmio'] },
  armv7l: { machine: 'virt', flags: [...COMMON, 'pxb', 'pxb-pcie', 'virtio-mmio'] },
  armv6l: { machine: 'virt', flags: [...COMMON, 'pxb', 'pxb-pcie', 'virtio-mmio'] },
  riscv64: { machine: 'virt', flags: [...COMMON, 'virtio-mmio'] },
  riscv32: { machine: 'virt', flags: [...COMMON, 'virtio-mmio'] },
  loongarch64: { machine: 'virt', flags: COMMON },
  ppc64: { machine: 'pseries', flags: [...COMMON, 'spapr-pci-host-bridge', 'spapr-pci-host-bridge.numa_node'] },
  ppc64le: { machine: 'pseries', flags: [...COMMON, 'spapr-pci-host-bridge', 'spapr-pci-host-bridge.numa_node'] },
  ppc: { machine: 'g3beige', flags: COMMON },
  s390x: {
    machine: 's390-ccw-virtio',
    flags: ['pci-bridge', 'qemu-xhci', ...VIRTIO, ...EVERYWHERE, ...IOMMUFD, 'zpci', 'vfio-ccw', 'vfio-ap', 'virtio-ccw.loadparm'],
  },
};

/** Architectures with a preset. */
export const PRESET_ARCHITECTURES: readonly string[] = Object.keys(PRESETS);

/**
 * The newest preset of a guest architecture; one that QEMU emulates but hostdev has no row for gets a QEMU without any of the optional devices.
 *
 * @example
 * ```ts
 * import { presetCapabilities } from 'hostdev';
 * console.log(presetCapabilities('s390x').flags.has('zpci')); // → true
 * ```
 */
export function presetCapabilities(arch: string): Capabilities {
  const preset = Object.hasOwn(PRESETS, arch) ? PRESETS[arch] : undefined;
  return { arch, flags: new Set(preset?.flags ?? []), defaultMachine: preset?.machine ?? '' };
}
