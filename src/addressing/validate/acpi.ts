/**
 * `<acpi>` of a device: its number in the guest's tables, and the NUMA cells it is near.
 *
 * Rules: docs/addressing.md §15.
 */
import { parseNumber } from '../../pci/number.ts';
import { attribute, childElement } from '../../xml/read.ts';
import { does, type Guest, has, visitAll } from '../guest/guest.ts';
import { parseCells } from '../guest/acpi.ts';
import { report } from './report.ts';

export function checkAcpiOfDevices(guest: Guest): void {
  for (const device of visitAll(guest)) {
    const acpi = device.element === undefined ? undefined : childElement(device.element, 'acpi');
    if (acpi === undefined) continue;
    const refuse = (message: string, hint: string): void => report(guest, device, { code: 'device-unsupported', message, hint, element: acpi });
    if (parseNumber(attribute(acpi, 'index') ?? '') === 0) refuse('has ACPI index 0', 'the lowest is 1');
    const nodeset = does(guest, 'acpi-nodeset') ? attribute(acpi, 'nodeset') : undefined;
    if (nodeset === undefined) continue;
    if (parseCells(nodeset) === undefined) refuse(`has ACPI nodeset '${nodeset}'`, 'write cells and ranges of them, as 0,2-3');
    else if (!has(guest, 'acpi-generic-initiator'))
      refuse('has an ACPI nodeset, which this QEMU does not know', 'QEMU 9.0 and later do, on x86, Arm and RISC-V');
  }
}
