import { refuseTwice } from '../../app/find.ts';
import { formatHostdev } from '../../domain/hostdev-xml.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { type Io, printJson } from '../io.ts';
import type { MachineFlags } from '../machine.ts';
import { type GroupFlags, namedOrGroups } from './attach.ts';
import { type ElementOptions, elementSpecs, parseAddresses } from '../options.ts';

export async function xml(io: Io, words: readonly string[], options: ElementOptions & MachineFlags & GroupFlags & { json?: boolean }): Promise<number> {
  // Printing asks nobody: the elements are looked at anyway.
  const addresses = await namedOrGroups(io, parseAddresses(words), { ...options, yes: true });
  refuseTwice(addresses);
  const elements = elementSpecs(addresses, options).map((spec) => ({ address: formatPciAddress(spec.source), xml: formatHostdev(spec).join('\n') }));
  if (options.json === true) printJson(io, elements);
  else for (const element of elements) io.out(`${element.xml}\n`);
  return 0;
}
