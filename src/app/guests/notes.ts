/** What there is to know about a guest before it gets a function. */
import { descend, textOf } from '../../xml/read.ts';
import { type Domain, readDomain } from '../../domain/domain.ts';
import { readHostdevs } from '../../domain/hostdev.ts';
import { childElement, attribute } from '../../xml/read.ts';
import type { HostFacts } from '../../addressing/host-facts.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import type { PlaceOptions } from '../../addressing/place.ts';
import { expandDomain } from '../../addressing/expand.ts';
import { withoutPosition } from '../../addressing/problems.ts';
import { validateDomain } from '../../addressing/validate.ts';
import { addHostdevs } from '../../domain/edit.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { type HostReader, readText } from '../../host/port.ts';
import { shellWord } from '../../plan/shell-word.ts';

/** Findings of a validation that matter for a function that is about to be given. */
const TOLD = new Set(['cpu-without-zpci', 'secure-execution']);

/** What validation says about the guest with these functions; what can never work is an error. */
export function guestNotes(xml: string, specs: readonly HostdevSpec[], options: PlaceOptions): Problem[] {
  const found = validateDomain(addHostdevs(readDomain(xml), specs), { ...options, newDefinition: false });
  const told = found.filter(({ code }) => TOLD.has(code));
  const wrong = told.find(({ severity }) => severity === 'error');
  if (wrong !== undefined) throw HostdevError.from(withoutPosition(wrong));
  return told.map(withoutPosition);
}

/** What is wrong with the guest as it is: said, but no reason against one more function. */
export function priorNotes(guest: string, xml: string, options: PlaceOptions): Problem[] {
  const found = expandDomain(xml, { ...options, newDefinition: false });
  return found.problems
    .filter(({ severity }) => severity === 'error')
    .map((problem) => ({ ...withoutPosition(problem), severity: 'warning', message: `${guest} had this before: ${problem.message}` }));
}

/** A guest with functions of the host has all its memory locked, and cannot be migrated as it is. */
export async function memoryNotes(port: HostReader, guest: string, xml: string): Promise<Problem[]> {
  const domain = readDomain(xml);
  const hasSome = readHostdevs(domain).some(({ type }) => type === 'pci');
  const kib = memoryKib(domain);
  if (hasSome || kib === undefined) return [];
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec((await readText(port, '/proc/meminfo')) ?? '')?.[1] ?? Number.NaN);
  const need = `all its memory (${Math.ceil(kib / 1024)} MiB) stays in the host's RAM from now on`;
  const short = available < kib;
  return [
    {
      code: 'memory-locked',
      severity: 'warning',
      message: short ? `${need}, of which ${Math.floor(available / 1024)} MiB are free` : need,
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

const UNITS: Readonly<Record<string, number>> = {
  b: 1 / 1024,
  bytes: 1 / 1024,
  KB: 1000 / 1024,
  k: 1,
  KiB: 1,
  MB: 1e6 / 1024,
  M: 1024,
  MiB: 1024,
  GB: 1e9 / 1024,
  G: 1024 ** 2,
  GiB: 1024 ** 2,
  T: 1024 ** 3,
  TiB: 1024 ** 3,
};

/** Memory of a guest in KiB. */
function memoryKib(domain: Domain): number | undefined {
  const element = childElement(domain.document.root, 'memory') ?? descend(domain.document.root, 'currentMemory');
  if (element === undefined) return undefined;
  const value = Number(textOf(domain.document, element).trim());
  return Number.isFinite(value) ? value * (UNITS[attribute(element, 'unit') ?? 'KiB'] ?? 1) : undefined;
}

/** Functions of a definition that are not on this machine. */
export function absentNotes(facts: HostFacts | undefined, addresses: readonly PciAddress[]): Problem[] {
  return addresses.flatMap((address): Problem[] => {
    const name = formatPciAddress(address);
    if (facts === undefined || facts.pciFunction(address) !== undefined) return [];
    return [
      {
        code: 'function-unknown',
        severity: 'warning',
        subject: name,
        message: `this machine has no PCI function ${name}`,
        hint: 'the guest will not start without it',
      },
    ];
  });
}
