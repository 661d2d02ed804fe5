/**
 * Which IOMMU a machine can have.
 *
 * Rules: docs/addressing.md §15.
 */
import { attribute, childElement, descend } from '../../xml/read.ts';
import type { Device } from '../guest/device.ts';
import { controllersOf, does, type Guest, has } from '../guest/guest.ts';
import { isX86, type MachineClass } from '../machine/class.ts';
import { report } from './report.ts';
import { wordTable } from '../../word-table.ts';

interface Row {
  readonly machines: readonly MachineClass[];
  readonly words: string;
}

const MODELS = wordTable<Row>({
  intel: { machines: ['q35'], words: 'q35 guests' },
  amd: { machines: ['q35'], words: 'q35 guests' },
  smmuv3: { machines: ['arm-virt'], words: 'Arm virt guests' },
  virtio: { machines: ['q35', 'arm-virt'], words: 'q35 and Arm virt guests' },
});

export function checkIommus(guest: Guest): void {
  const [, ...more] = guest.lists.iommu;
  for (const iommu of guest.lists.iommu) checkIommu(guest, iommu);
  if (does(guest, 'several-iommus')) return;
  for (const iommu of more)
    report(guest, iommu, { code: 'iommu-invalid', message: 'is a second one', hint: 'this libvirt knows one a guest', element: iommu.element });
}

function checkIommu(guest: Guest, iommu: Device): void {
  const row = Object.hasOwn(MODELS, iommu.model ?? '') ? MODELS[iommu.model ?? ''] : undefined;
  const refuse = (message: string, hint: string): void => report(guest, iommu, { code: 'iommu-invalid', message, hint, element: iommu.element });
  if (row !== undefined && !row.machines.includes(guest.machineClass)) refuse('is not possible on this machine', `${row.words} can have it`);
  const driver = iommu.element === undefined ? undefined : childElement(iommu.element, 'driver');
  const bus = attribute(driver, 'pciBus');
  // Before there could be several, libvirt did not look at it.
  if (bus !== undefined && does(guest, 'several-iommus')) {
    if (iommu.model !== 'smmuv3') refuse('has pciBus', 'only an IOMMU of model smmuv3 is on a bus');
    else if (busOf(bus) === undefined) refuse(`has pciBus='${bus}'`, 'write the index of the PCI controller');
  }
  if (iommu.element !== undefined && (iommu.model === 'intel' || iommu.model === 'smmuv3') && childElement(iommu.element, 'address') !== undefined)
    refuse('has an address', 'it is part of the machine; remove <address>');
  if (iommu.model !== 'virtio') return;
  // Firmware could not boot behind one without it; libvirt's golden refusals have it for QEMU 6.1.
  if (!has(guest, 'virtio-iommu.boot-bypass')) refuse('is of a model that this QEMU does not have, or not well enough', 'QEMU 7.0 and later have it');
  const features = childElement(guest.domain.document.root, 'features');
  if (features === undefined || descend(features, 'acpi') === undefined) refuse('needs ACPI', 'add <features><acpi/></features>');
}

const busOf = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

/** What libvirt stores and QEMU does not start with; seen of QEMU 11.1. */
export function checkIommusAtStart(guest: Guest): void {
  const { iommu: all } = guest.lists;
  const refuse = (iommu: Device, message: string, hint: string): void => report(guest, iommu, { code: 'iommu-invalid', message, hint, element: iommu.element });
  if (isX86(guest.arch)) {
    for (const iommu of all.slice(1)) refuse(iommu, 'is a second one', 'QEMU has one a guest on x86');
    return;
  }
  const seen = new Set<number>();
  for (const iommu of all) {
    const bus = busOf(attribute(iommu.element === undefined ? undefined : childElement(iommu.element, 'driver'), 'pciBus') ?? '');
    if (iommu.model !== 'smmuv3' || bus === undefined || !does(guest, 'several-iommus')) continue;
    const controller = controllersOf(guest, 'pci').find(({ index }) => index === bus);
    if (controller === undefined) refuse(iommu, `is on bus ${bus}, which there is not`, 'name the index of pcie-root or of a pcie-expander-bus');
    else if (controller.model !== 'pcie-root' && controller.model !== 'pcie-expander-bus')
      refuse(iommu, `is on bus ${bus}, which is a ${controller.model}`, 'it can be on pcie-root or on a pcie-expander-bus');
    if (seen.has(bus)) refuse(iommu, `is a second one on bus ${bus}`, 'each bus has one');
    seen.add(bus);
  }
  const whole = all.find(
    ({ model, element }) => model === 'smmuv3' && (element === undefined || attribute(childElement(element, 'driver'), 'pciBus') === undefined),
  );
  if (whole !== undefined && seen.size > 0) refuse(whole, 'is of the whole machine, and others are of buses', 'give each its pciBus, or keep this one alone');
}
