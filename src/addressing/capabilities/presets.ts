/**
 * What QEMUs offer per guest architecture, for where nobody says. Measured from Debian's QEMU 7.2, 10.0 and 11.1; a version between two of them
 * has the abilities of the older one, and the machine types up to its own.
 */
import { parseVersion, type VersionNumber } from '../libvirt/version.ts';
import type { Capabilities } from './capabilities.ts';
import { MEASURED, MEASURED_QEMUS, type MeasuredArchitecture } from './measured.ts';
import { wordTable } from '../../word-table.ts';

/** Architectures that the QEMU of another one serves. */
const SERVED_BY = wordTable<string>({ armv6l: 'armv7l', ppc64le: 'ppc64' });

/** Not measured: what QEMU 8.2 has of the devices that all machines with PCI Express share. */
const LOONGARCH64: MeasuredArchitecture = {
  defaultMachine: 'virt',
  flags: {
    '111': [
      'VGA am53c974 bochs-display ccid-emulated ccid-passthru cirrus-vga dc390 dmi-to-pci-bridge e1000 ich9-ahci ich9-intel-hda ich9-usb-ehci1 ioh3420 ivshmem-doorbell',
      'ivshmem-plain kvm lsi megasas mptsas1068 nec-usb-xhci pci-bridge pci-ohci pcie-pci-bridge pcie-root-port pcie-root-port.hotplug piix3-usb-uhci',
      'piix4-usb-uhci pvpanic-pci pvscsi qemu-xhci ramfb rtl8139 usb-ehci usb-hub usb-kbd usb-redir usb-storage vfio-pci virtio-net virtio-pci-non-transitional virtio-scsi-pci',
      'x3130-upstream xio3130-downstream',
    ].join(' '),
  },
  machines: {},
};

const ALL = wordTable<MeasuredArchitecture>({ ...MEASURED, loongarch64: LOONGARCH64 });

interface More {
  readonly flag: string;
  readonly archs: RegExp;
  /** The first QEMU that has it. */
  readonly since?: string;
}

/** What the measured QEMUs do not show. */
const MORE: readonly More[] = [
  // libvirt asks for it only since 12.1, whatever the QEMU.
  { flag: 'iommufd', archs: /^(x86_64|i686|aarch64|s390x)$/, since: '9.0' },
  // Likewise, since 11.8.
  { flag: 'acpi-generic-initiator', archs: /^(x86_64|i686|aarch64|armv7l|riscv64|riscv32)$/, since: '9.0' },
  // A matter of how it was built: Debian 13 leaves it out, others do not.
  { flag: 'qxl', archs: /^(x86_64|i686|aarch64|ppc64|ppc64le)$/ },
  // KVM is there or not with the host, not with the QEMU.
  { flag: 'kvm', archs: /^/ },
];

/** Architectures with a preset. */
export const PRESET_ARCHITECTURES: readonly string[] = [...Object.keys(ALL), ...Object.keys(SERVED_BY)];

/**
 * The preset of a guest architecture for a version of QEMU (`10.0`), with its machine types as far as they are known; for the newest QEMU that
 * was measured where none is said. An architecture that QEMU emulates but hostdev has no row for gets a QEMU without any of the optional devices.
 *
 * @example
 * ```ts
 * import { presetCapabilities } from 'hostdev';
 * console.log(presetCapabilities('s390x').flags.has('zpci')); // → true
 * console.log(presetCapabilities('x86_64', '7.2').machines?.has('pc-q35-8.0')); // → false
 * ```
 *
 * @throws {HostdevError} `version-malformed`
 */
export function presetCapabilities(arch: string, qemu?: string): Capabilities {
  const served = SERVED_BY[arch] ?? arch;
  const measured = Object.hasOwn(ALL, served) ? ALL[served] : undefined;
  if (measured === undefined) return { arch, flags: new Set(), defaultMachine: '' };
  // None is another one than an empty one, which is refused.
  const key = qemu === undefined ? arch : `${arch} ${qemu}`;
  const preset = MADE.get(key) ?? makePreset(arch, measured, qemu);
  if (MADE.size >= MOST_MADE) MADE.clear();
  MADE.set(key, preset);
  return preset;
}

/** Every prediction asks for one, and they are the same whenever they are made. */
const MADE = new Map<string, Capabilities>();
/** Far more than there are architectures and versions; a version can be any number. */
const MOST_MADE = 256;

function makePreset(arch: string, measured: MeasuredArchitecture, qemu: string | undefined): Capabilities {
  const column = columnOf(qemu);
  const flags = new Set(namesIn(measured.flags, column));
  for (const { flag, archs, since } of MORE) if (archs.test(arch) && isThere(since, qemu)) flags.add(flag);
  const version = qemu ?? MEASURED_QEMUS[column];
  const machines = version === undefined ? [] : machinesIn(measured.machines, column, parseVersion(version));
  return {
    arch,
    flags,
    qemuVersion: version,
    defaultMachine: measured.defaultMachine,
    ...(machines.length === 0 ? {} : { machines: new Set(machines), machinesOf: 'preset' }),
  };
}

function columnOf(qemu: string | undefined): number {
  if (qemu === undefined) return MEASURED_QEMUS.length - 1;
  return Math.max(
    0,
    MEASURED_QEMUS.findLastIndex((measured) => parseVersion(measured) <= parseVersion(qemu)),
  );
}

function isThere(since: string | undefined, qemu: string | undefined): boolean {
  return since === undefined || qemu === undefined || parseVersion(qemu) >= parseVersion(since);
}

/** A machine type that QEMU keeps as a version of its own had it: `pc-q35-8.2`. */
const VERSIONED = /-(\d+\.\d+)$/;

/**
 * Of a QEMU between two that were measured: what the older one had, and from the younger one the machine types that are not newer than it is.
 * Which ones a QEMU newer than all of them has is not known, so none are named then, and none are refused.
 */
function machinesIn(presence: Readonly<Record<string, string>>, column: number, qemu: VersionNumber): string[] {
  const [newest = ''] = MEASURED_QEMUS.slice(-1);
  if (qemu > parseVersion(newest)) return [];
  const versionOf = (name: string): VersionNumber | undefined => {
    const [, version] = VERSIONED.exec(name) ?? [];
    return version === undefined ? undefined : parseVersion(version);
  };
  const older = namesIn(presence, column).filter((name) => (versionOf(name) ?? 0) <= qemu);
  const younger = namesIn(presence, column + 1).filter((name) => (versionOf(name) ?? Number.POSITIVE_INFINITY) <= qemu);
  return [...new Set([...older, ...younger])];
}

function namesIn(presence: Readonly<Record<string, string>>, column: number): string[] {
  return Object.entries(presence).flatMap(([digits, names]) => (digits[column] === '1' ? names.split(' ') : []));
}
