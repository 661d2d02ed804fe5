/**
 * Which IOMMU a machine can have.
 *
 * Rules: docs/addressing.md §15.
 */
import { childElement, descend } from '../../xml/read.ts';
import type { Device } from '../guest/device.ts';
import { does, type Guest, has } from '../guest/guest.ts';
import type { MachineClass } from '../machine/class.ts';
import { report } from './report.ts';

interface Row {
  readonly machines: readonly MachineClass[];
  readonly words: string;
}

const MODELS: Readonly<Record<string, Row>> = {
  intel: { machines: ['q35'], words: 'q35 guests' },
  amd: { machines: ['q35'], words: 'q35 guests' },
  smmuv3: { machines: ['arm-virt'], words: 'Arm virt guests' },
  virtio: { machines: ['q35', 'arm-virt'], words: 'q35 and Arm virt guests' },
};

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
  if (iommu.model !== 'virtio') return;
  // Firmware could not boot behind one without it; libvirt's golden refusals have it for QEMU 6.1.
  if (!has(guest, 'virtio-iommu.boot-bypass')) refuse('is of a model that this QEMU does not have, or not well enough', 'QEMU 7.0 and later have it');
  const features = childElement(guest.domain.document.root, 'features');
  if (features === undefined || descend(features, 'acpi') === undefined) refuse('needs ACPI', 'add <features><acpi/></features>');
}
