/** `expandDomain`: the guest addresses libvirt would generate, written into the user's own XML, and why. */
import type { Problem } from '../errors.ts';
import { type SpokenFor, spokenFor } from './libvirt/spoken-for.ts';
import { placeGuest, type PlaceOptions } from './place.ts';
import { remarks } from './validate/remarks.ts';
import { listPlacements, type Placement } from './report.ts';
import { writePlacements } from './write.ts';

export type Expansion =
  | {
      readonly ok: true;
      readonly xml: string;
      readonly placements: readonly Placement[];
      readonly problems: readonly Problem[];
      /** The libvirt and the QEMU that would do so. */
      readonly versions: SpokenFor;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] /** Undefined where the text is no domain. */; readonly versions: SpokenFor | undefined };

/**
 * Gives a definition the guest PCI addresses, PCI controllers and zPCI ids that a libvirt would generate: the one that is asked
 * for (`{ libvirt: '9.0' }`), else the newest that is known.
 * Nothing else in the text changes. What libvirt would refuse comes back as problems, never as an exception.
 *
 * @throws {HostdevError} `version-malformed` where `options.libvirt` is no version.
 * @example
 * ```ts
 * import { expandDomain } from 'hostdev';
 * const result = expandDomain(`<domain type='kvm'>
 *   <os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os>
 *   <devices>
 *     <hostdev mode='subsystem' type='pci'><source><address domain='0x0002' bus='0' slot='0' function='0'/></source></hostdev>
 *   </devices>
 * </domain>`);
 * if (result.ok) console.log(result.placements.find((p) => p.kind === 'hostdev')?.zpci); // → { uid: 1, fid: 0 }
 * ```
 */
export function expandDomain(source: string, options: PlaceOptions = {}): Expansion {
  const { guest, problems } = placeGuest(source, options);
  if (guest === undefined || guest.problems.hasErrors()) {
    return { ok: false, problems: problems(), versions: guest === undefined ? undefined : spokenFor(guest) };
  }
  return { ok: true, xml: writePlacements(guest), placements: listPlacements(guest), problems: [...problems(), ...remarks(guest)], versions: spokenFor(guest) };
}
