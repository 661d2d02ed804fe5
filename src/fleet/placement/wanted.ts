/** Which functions of a host a definition wants: by address, by a mapping of the fleet, or by what a function has to be. */
import type { Domain } from '../../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../../domain/hostdev.ts';
import { HostdevError, type SourceLocation } from '../../errors.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { locationIn } from '../../xml/position.ts';
import { attribute, childElement } from '../../xml/read.ts';
import type { XmlElement } from '../../xml/tree.ts';
import { ensureFleetName } from '../model/keys.ts';
import { parseMatch } from '../model/mapping-match.ts';
import type { MappingMatch } from '../model/records.ts';

/** `nothing`: an address of one host, of which nobody has said what it would be on others. */
export type WantedBy =
  | { readonly kind: 'mapping'; readonly name: string }
  | { readonly kind: 'match'; readonly match: MappingMatch }
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'nothing'; readonly why: string; readonly hint: string };

export interface WantedFunction {
  readonly hostdev: Hostdev;
  /** As people wrote it. */
  readonly what: string;
  readonly by: WantedBy;
}

/**
 * The functions that a definition wants, in its order. In `<source>` of a `<hostdev>` or an `<interface type='hostdev'>` stands `mapping='gpu-a10'`, or
 * `match='serial=…'` with the words of a mapping's match; an address beside them is what an earlier host had, and is not asked for.
 *
 * @throws {HostdevError} `domain-malformed` for a source that says nothing or two things, or a mapping that can be none; as `parseMatch`. Each with its position.
 */
export function readWanted(domain: Domain): WantedFunction[] {
  return readHostdevs(domain)
    .filter(({ mode, type }) => mode === 'subsystem' && type === 'pci')
    .map((hostdev) => wantedBy(domain, hostdev));
}

function wantedBy(domain: Domain, hostdev: Hostdev): WantedFunction {
  const source = childElement(hostdev.element, 'source');
  const [mapping, match] = [attribute(source, 'mapping'), attribute(source, 'match')];
  if (mapping !== undefined && match !== undefined) throw malformed(domain, source ?? hostdev.element, 'a <source> names a mapping and a match');
  if (mapping !== undefined) {
    const name = inSource(domain, hostdev, () => ensureFleetName(mapping.replace(/^mapping:/, '')));
    return { hostdev, what: name, by: { kind: 'mapping', name } };
  }
  if (match !== undefined) return { hostdev, what: match, by: { kind: 'match', match: inSource(domain, hostdev, () => parseMatch(match)) } };
  if (hostdev.source === undefined) throw malformed(domain, source ?? hostdev.element, `an <${hostdev.element.name}> says no function of a host`);
  const address = formatPciAddress(hostdev.source);
  return { hostdev, what: address, by: { kind: 'address', address } };
}

/** Where a function's source stands in its file. */
export function sourceLocation(domain: Domain, { element }: Hostdev): SourceLocation {
  return locationIn(domain.document, (childElement(element, 'source') ?? element).start, domain.file);
}

/** What is wrong with its words, with the place: of a name that is none the file is at fault, not the command line. */
function inSource<T>(domain: Domain, hostdev: Hostdev, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    const { code, message, hint, subject } = error;
    throw new HostdevError(code === 'usage' ? 'domain-malformed' : code, message, { hint, subject, location: sourceLocation(domain, hostdev) });
  }
}

function malformed(domain: Domain, { start }: XmlElement, message: string): HostdevError {
  return new HostdevError('domain-malformed', message, {
    location: locationIn(domain.document, start, domain.file),
    hint: "write <source mapping='gpu-a10'/>, <source match='10de:2236 numa=0'/>, or a <source> with an <address>",
  });
}
