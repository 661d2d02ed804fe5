/** `validateDomain`: everything that is wrong with a definition where PCI is concerned, in one run. */
import { byPlace } from './problems.ts';
import type { Problem } from '../errors.ts';
import { commandlineProblems } from './commandline/check.ts';
import { placeGuest, type PlaceOptions } from './place.ts';
import { checkNewXml } from './validate/new-xml.ts';
import { checkStart } from './validate/start.ts';

/**
 * All problems of a definition: what libvirt refuses to define, and what it would refuse to start. In the order
 * of the text. What is wrong is what the libvirt of the options (else the newest that is known) would refuse.
 *
 * @throws {HostdevError} `version-malformed` where `options.libvirt` is no version.
 * @example
 * ```ts
 * import { validateDomain } from 'hostdev';
 * const problems = validateDomain(`<domain type='kvm'><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>
 *   <hostdev mode='subsystem' type='pci'><source><address bus='1' slot='0'/></source>
 *     <address type='pci' bus='0' slot='0x1f' function='0'/></hostdev>
 * </devices></domain>`);
 * console.log(problems.map((problem) => problem.code).join()); // → guest-address-in-use
 * ```
 */
export function validateDomain(source: string, options: PlaceOptions = {}): readonly Problem[] {
  const { guest, problems } = placeGuest(source, options);
  if (guest === undefined) return problems();
  checkStart(guest);
  checkNewXml(guest);
  for (const problem of commandlineProblems(guest)) guest.problems.add(problem);
  return [...problems()].sort(byPlace);
}
