/** What in a definition does not match a schema. RelaxNG says no more than that something below `<devices>` does not fit; asking again tells which. */
import type { Problem, SourceLocation } from '../errors.ts';
import { parseNumber } from '../pci/number.ts';
import { applySplices, setAttribute, type Splice } from '../xml/edit.ts';
import { parseXml } from '../xml/parse.ts';
import { locationIn } from '../xml/position.ts';
import { attribute as attributeOf, childElement, childElements } from '../xml/read.ts';
import type { XmlDocument, XmlElement } from '../xml/tree.ts';
import { element, enclose, textElement } from '../xml/write.ts';

/** What the validator says about a document. */
interface SchemaDetail {
  readonly message: string;
  readonly line: number;
}

/** Validates a text; empty when it matches. */
export type Validate = (text: string) => readonly SchemaDetail[];

/** Problems of a well-formed document: of each device by itself, and of the rest. */
export function schemaFaults(text: string, file: string, validate: Validate): Problem[] {
  const details = validate(text);
  if (details.length === 0) return [];
  const document = parseXml(text);
  const devices = childElement(document.root, 'devices');
  const all = devices === undefined ? [] : childElements(devices);
  const problems = all.flatMap((device) => deviceFaults(document, device, file, validate));
  const rest = validate(
    applySplices(
      text,
      all.map(({ start, end }) => ({ start, end, text: lineBreaks(text.slice(start, end)) })),
    ),
  );
  const isExplained = problems.length > 0 || all.some(isCommandline);
  const [unexplained] = rest.length > 0 ? rest : isExplained ? [] : details;
  if (unexplained === undefined) return problems;
  const line = Math.max(1, ...(rest.length > 0 ? rest : details).map((detail) => detail.line));
  return [...problems, invalid(`the definition does not match libvirt's schema: ${unexplained.message.trim()}`, { file, line, column: 1 })];
}

/** Lines keep their numbers. */
function lineBreaks(text: string): string {
  return text.replaceAll(/[^\n\r]/g, '');
}

function deviceFaults(document: XmlDocument, device: XmlElement, file: string, validate: Validate): Problem[] {
  const matches = (splices: readonly Splice[]): boolean => validate(alone(document, device, splices)).length === 0;
  if (isCommandline(device) || matches([])) return [];
  const at = (offset: number): SourceLocation => locationIn(document, offset, file);
  const numbers = unusualNumbers(device, matches);
  if (numbers.length > 0) return numbers.map(({ name, value, usual, parent, offset }) => unusual(`${name}='${value}' of <${parent}>`, usual, at(offset)));
  // The smallest part without which the device matches is what is wrong with it.
  const parts = [...partsOf(device)];
  const attribute = parts
    .flatMap((element) => element.attributes.map((each) => ({ element, ...each })))
    .find(({ start, end }) => matches([{ start, end, text: '' }]));
  if (attribute !== undefined) {
    return [invalid(`${attribute.name}='${attribute.value}' of <${attribute.element.name}> does not match libvirt's schema`, at(attribute.start))];
  }
  const child = parts.find(({ start, end }) => start !== device.start && matches([{ start, end, text: '' }]));
  if (child !== undefined) return [invalid(`<${child.name}> in <${child.parent?.name}> does not match libvirt's schema`, at(child.start))];
  return [invalid(`this <${device.name}> does not match libvirt's schema`, at(device.start))];
}

/** Arguments for QEMU have a problem of their own: they belong elsewhere. */
function isCommandline({ name }: XmlElement): boolean {
  return name.endsWith(':commandline');
}

/** A definition with nothing but this device, in which some things are changed. */
function alone({ source, root }: XmlDocument, device: XmlElement, splices: readonly Splice[]): string {
  const text = applySplices(
    source.slice(device.start, device.end),
    splices.map((splice) => ({ ...splice, start: splice.start - device.start, end: splice.end - device.start })),
  );
  const names = Object.fromEntries(root.attributes.filter(({ name }) => name.startsWith('xmlns')).map(({ name, value }) => [name, value]));
  const empty = element('devices');
  const os = element('os', {}, textElement('type', 'hvm'));
  const domain = element('domain', { type: attributeOf(root, 'type') ?? 'kvm', ...names }, [
    ...textElement('name', 'n'),
    ...textElement('memory', '1'),
    ...os,
    ...empty,
  ]);
  return domain.join('').replace(empty.join(''), () => enclose(['devices'], text));
}

/** The innermost elements first. */
function* partsOf(element: XmlElement): Generator<XmlElement> {
  for (const child of childElements(element)) yield* partsOf(child);
  yield element;
}

/** Digits with which libvirt writes the parts of a PCI address. */
const DIGITS: Readonly<Record<string, number>> = { domain: 4, bus: 2, slot: 2, function: 1 };

interface UnusualNumber {
  readonly name: string;
  readonly value: string;
  readonly usual: string;
  /** The element that has it. */
  readonly parent: string;
  readonly offset: number;
  readonly splice: Splice;
}

/** Numbers that libvirt reads, but its schema knows only in another form; empty unless they are all that is wrong. */
function unusualNumbers(device: XmlElement, matches: (splices: readonly Splice[]) => boolean): UnusualNumber[] {
  const written = [...partsOf(device)]
    .filter(({ name }) => name === 'address')
    .flatMap((element) =>
      element.attributes.flatMap(({ name, value, start }): UnusualNumber[] => {
        const [digits, number] = [DIGITS[name], parseNumber(value)];
        if (digits === undefined || number === undefined) return [];
        const usual = `0x${number.toString(16).padStart(digits, '0')}`;
        return usual === value ? [] : [{ name, value, usual, parent: element.name, offset: start, splice: setAttribute(element, name, usual) }];
      }),
    );
  if (written.length === 0 || !matches(written.map(({ splice }) => splice))) return [];
  return written.filter((each) => !matches(written.filter((other) => other !== each).map(({ splice }) => splice)));
}

function unusual(what: string, usual: string, location: SourceLocation): Problem {
  return {
    code: 'schema-invalid',
    severity: 'warning',
    message: `${what} does not match libvirt's schema, which knows it as ${usual}; libvirt reads it all the same`,
    hint: `write ${usual} if the definition is to pass virt-xml-validate or 'virsh define --validate'`,
    location,
  };
}

/** A problem of the definition where it differs from the schema. */
export function invalid(message: string, location: SourceLocation): Problem {
  return {
    code: 'schema-invalid',
    severity: 'error',
    message,
    hint: 'look for a misspelt element or attribute, or a value that is not allowed there',
    location,
  };
}
