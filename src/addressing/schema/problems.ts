/** What is said of a definition that does not match a schema: whose schema it is, and whether what is wrong with it is only newer. */
import { type FoundXml, foundWords, xmlNewerThan } from '../libvirt/new-xml.ts';
import { formatVersion, type VersionNumber } from '../libvirt/version.ts';
import type { Problem, SourceLocation } from '../../errors.ts';
import type { XmlElement } from '../../xml/tree.ts';

/** Whose schema it is, and which libvirt the definition is for. */
export interface AskedOf {
  /** Undefined where nobody says. */
  readonly schema: VersionNumber | undefined;
  readonly directory: string;
  readonly libvirt: VersionNumber;
}

/** `the schema of libvirt 11.3.0`. */
export function schemaWords({ schema, directory }: AskedOf): string {
  return schema === undefined ? `libvirt's schema in ${directory}` : `the schema of libvirt ${formatVersion(schema)}`;
}

/** What of a definition came after the schema; nothing is said where nobody says which libvirt that is of. */
export function newerXml(domain: XmlElement, { schema }: AskedOf): FoundXml[] {
  return schema === undefined ? [] : xmlNewerThan(schema, domain);
}

/** Right for a newer libvirt: no error where the definition is for one. */
export function newerProblem(found: FoundXml, asked: AskedOf, at: (offset: number) => SourceLocation): Problem {
  const { since } = found.xml;
  const [name, isKnown] = [formatVersion(since), asked.libvirt >= since];
  const rest = isKnown ? `; the definition is for libvirt ${formatVersion(asked.libvirt)}, which does` : '';
  return {
    code: 'schema-invalid',
    severity: isKnown ? 'warning' : 'error',
    message: `${foundWords(found)} does not match ${schemaWords(asked)}: libvirt knows it since ${name}${rest}`,
    hint: isKnown ? 'validate it where that libvirt is to have the rest of it checked too' : `leave it out, or use libvirt ${name} or later`,
    location: at((found.attribute ?? found.element).start),
  };
}

/** A number that libvirt reads all the same. */
export function unusual(what: string, usual: string, location: SourceLocation, asked: AskedOf): Problem {
  return {
    code: 'schema-invalid',
    severity: 'warning',
    message: `${what} does not match ${schemaWords(asked)}, which knows it as ${usual}; libvirt reads it all the same`,
    hint: `write ${usual} if the definition is to pass virt-xml-validate or 'virsh define --validate'`,
    location,
  };
}

/** A problem of the definition where it differs from the schema. */
export function invalid(message: string, location: SourceLocation, { schema, libvirt }: AskedOf): Problem {
  const newer =
    schema !== undefined && schema < libvirt ? `; or for what is newer than the schema: the definition is for libvirt ${formatVersion(libvirt)}` : '';
  return {
    code: 'schema-invalid',
    severity: 'error',
    message,
    hint: `look for a misspelt element or attribute, or a value that is not allowed there${newer}`,
    location,
  };
}
