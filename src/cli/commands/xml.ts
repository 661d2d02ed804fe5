import { refuseTwice } from '../../app/find.ts';
import { formatHostdev } from '../../domain/hostdev-xml.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { type Io, printJson } from '../io.ts';
import { type ElementOptions, elementSpecs, parseAddresses } from '../options.ts';

export async function xml(io: Io, words: readonly string[], options: ElementOptions & { json?: boolean }): Promise<number> {
  const addresses = parseAddresses(words);
  refuseTwice(addresses);
  const elements = elementSpecs(addresses, options).map((spec) => ({ address: formatPciAddress(spec.source), xml: formatHostdev(spec).join('\n') }));
  if (options.json === true) printJson(io, elements);
  else for (const element of elements) io.out(`${element.xml}\n`);
  return 0;
}
