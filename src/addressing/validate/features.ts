/**
 * What of the whole guest keeps libvirt from defining it: ACPI where there is none, shared memory where a device needs it.
 *
 * Rules: docs/addressing.md §15.
 */
import { attribute, childElement, childElements, descend } from '../../xml/read.ts';
import { locationOf } from '../guest/locate.ts';
import { does, type Guest } from '../guest/guest.ts';
import { report } from './report.ts';

export function checkFeatures(guest: Guest): void {
  checkAcpi(guest);
  if (hasSharedMemory(guest)) return;
  for (const filesystem of guest.lists.filesystem) {
    if (filesystem.bus !== 'virtiofs') continue;
    report(guest, filesystem, {
      code: 'device-unsupported',
      message: 'is of virtiofs, which needs memory that is shared',
      hint: "add <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>",
      element: filesystem.element,
    });
  }
}

function checkAcpi(guest: Guest): void {
  const { domain, arch, machine } = guest;
  const acpi = descend(domain.document.root, 'features', 'acpi');
  if (acpi === undefined) return;
  const refuse = (message: string, hint: string): void =>
    guest.problems.add({ code: 'device-unsupported', severity: 'error', subject: 'acpi', message, hint, location: locationOf(guest, acpi) });
  if (arch === 'aarch64' && !hasUefi(guest)) refuse('ACPI on aarch64 needs UEFI', "write <os firmware='efi'>, or remove <acpi/>");
  if (guest.capabilities.withoutAcpi?.has(machine) === true && does(guest, 'acpi-by-machine')) {
    refuse(`${machine} has no ACPI`, 'remove <acpi/> from <features>');
  }
}

function hasUefi({ domain }: Guest): boolean {
  const os = childElement(domain.document.root, 'os');
  return attribute(os, 'firmware') === 'efi' || (os !== undefined && attribute(childElement(os, 'loader'), 'type') === 'pflash');
}

function hasSharedMemory({ domain }: Guest): boolean {
  const { root } = domain.document;
  const access = descend(root, 'memoryBacking', 'access');
  const numa = descend(root, 'cpu', 'numa');
  return (
    attribute(access, 'mode') === 'shared' || (numa !== undefined && childElements(numa, 'cell').some((cell) => attribute(cell, 'memAccess') === 'shared'))
  );
}
