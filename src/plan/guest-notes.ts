/** What there is to know about a guest before it gets a function. */
import { readDomain } from '../domain/domain.ts';
import { readHostdevs } from '../domain/hostdev.ts';
import { memoryKib } from '../domain/memory.ts';
import type { HostFacts } from '../addressing/host-facts.ts';
import type { PciAddress } from '../pci/address.ts';
import { absentWarning } from '../state/absent-functions.ts';
import type { PlaceOptions } from '../addressing/place.ts';
import { expandDomain } from '../addressing/expand.ts';
import { notAmong, withoutPosition } from '../addressing/problems.ts';
import { validateDomain } from '../addressing/validate.ts';
import { addHostdevs } from '../domain/edit.ts';
import { HostdevError, type Problem } from '../errors.ts';
import type { HostdevSpec } from '../domain/hostdev-xml.ts';
import type { GuestParts } from '../state/guest-state.ts';
import { shellWord } from '../shell-word.ts';

/** Findings of a validation that matter for a function that is about to be given. */
const TOLD = new Set(['cpu-without-zpci', 'left-out', 'secure-execution']);

/** What validation says about the guest with these functions; what can never work is an error. */
export function guestNotes(xml: string, specs: readonly HostdevSpec[], options: PlaceOptions): Problem[] {
  const found = validateDomain(addHostdevs(readDomain(xml), specs), { ...options, newDefinition: false });
  const told = found.filter(({ code }) => TOLD.has(code));
  const wrong = told.find(({ severity }) => severity === 'error');
  if (wrong !== undefined) throw HostdevError.from(withoutPosition(wrong));
  return told.map(withoutPosition);
}

const OF_INTERFACES: ReadonlySet<string> = new Set(['interface-invalid', 'vf-unreachable']);

/**
 * What validation says about the functions that come as interfaces. Whether a VF can be reached matters when the guest has it: at once where it
 * runs, at its next start where only its definition is changed.
 *
 * @throws {HostdevError} `interface-invalid`, `vf-unreachable`.
 */
export function interfaceNotes(xml: string, specs: readonly HostdevSpec[], options: PlaceOptions, { live }: Pick<GuestParts, 'live'>): Problem[] {
  const coming = specs.filter((spec) => spec.interface !== undefined);
  if (coming.length === 0) return [];
  const domain = readDomain(xml);
  const found = (text: string): Problem[] => validateDomain(text, { ...options, newDefinition: false }).filter(({ code }) => OF_INTERFACES.has(code));
  const told = notAmong(found(addHostdevs(domain, coming)), found(xml));
  const wrong = told.find(({ code }) => live || code !== 'vf-unreachable');
  if (wrong !== undefined) throw HostdevError.from(withoutPosition(wrong));
  return told.map((each) => ({ ...withoutPosition(each), severity: 'warning' }));
}

/** What is wrong with the guest as it is: said, but no reason against one more function. */
export function priorNotes(guest: string, xml: string, options: PlaceOptions): Problem[] {
  const found = expandDomain(xml, { ...options, newDefinition: false });
  return found.problems
    .filter(({ severity }) => severity === 'error')
    .map((problem) => ({ ...withoutPosition(problem), severity: 'warning', message: `${guest} had this before: ${problem.message}` }));
}

/** A guest with functions of the host has all its memory locked, and cannot be migrated as it is. `availableKib` is what the host has left, where that is known. */
export function memoryNotes(guest: string, xml: string, availableKib: number | undefined): Problem[] {
  const domain = readDomain(xml);
  const hasSome = readHostdevs(domain).some(({ type }) => type === 'pci');
  const kib = memoryKib(domain);
  if (hasSome || kib === undefined) return [];
  const need = `all its memory (${Math.ceil(kib / 1024)} MiB) stays in the host's RAM from now on`;
  const short = availableKib !== undefined && availableKib < kib;
  return [
    {
      code: 'memory-locked',
      severity: 'warning',
      message: short ? `${need}, of which ${Math.floor(availableKib / 1024)} MiB are free` : need,
      ...(short ? { hint: 'what the guest has used already is counted twice here; look at free memory first' } : {}),
    },
    {
      code: 'migration-blocked',
      severity: 'warning',
      message: 'the guest cannot be migrated while it has the function, unless its driver can move state',
      hint: `'hostdev migrate-check ${shellWord(guest)}' tells; a teaming interface can be taken out and put back`,
    },
  ];
}

/** Functions of a definition that are not on this machine. */
export function absentNotes(facts: HostFacts | undefined, addresses: readonly PciAddress[]): Problem[] {
  const absent = addresses.filter((address) => facts !== undefined && facts.pciFunction(address) === undefined);
  return absent.map((address) => absentWarning(address, 'the guest will not start without it'));
}
