/**
 * Whether QEMU runs guests of the domain's type.
 *
 * Rules: docs/addressing.md §15.
 */
import type { Guest } from '../guest/guest.ts';
import { locationOf } from '../guest/locate.ts';
import { wordTable } from '../../word-table.ts';

/** Types for which QEMU has an accelerator on some systems only: libvirt asks the QEMU, and so do we. */
const ACCELERATORS = wordTable<string>({ hvf: 'hvf', hyperv: 'mshv' });

/** libvirt's QEMU driver refuses to define a guest of another hypervisor's type, or of none. Asked of libvirt 9.0, 11.3 and 12.8. */
export function checkDomainType(guest: Guest): void {
  const { document, virtType: type = '' } = guest.domain;
  const accelerator = Object.hasOwn(ACCELERATORS, type) ? ACCELERATORS[type] : undefined;
  if (type === 'kvm' || type === 'qemu' || (accelerator !== undefined && guest.capabilities.flags.has(accelerator))) return;
  guest.problems.add({
    code: 'domain-type-unsupported',
    severity: 'error',
    subject: type,
    message: type === '' ? '<domain> has no type' : `QEMU runs no guests of type '${type}'${accelerator === undefined ? '' : ' here'}`,
    hint: "write type='kvm', or type='qemu' for an emulated processor",
    location: locationOf(guest, document.root),
  });
}
