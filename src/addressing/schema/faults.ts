/** What in a definition does not match a schema. RelaxNG says no more than that something below `<devices>` does not fit; asking again tells which. */
import type { FoundXml } from '../libvirt/new-xml.ts';
import type { Problem, SourceLocation } from '../../errors.ts';
import { parseNumber } from '../../pci/number.ts';
import { applySplices, setAttribute, type Splice } from '../../xml/edit.ts';
import { parseXml } from '../../xml/parse.ts';
import { locationIn } from '../../xml/position.ts';
import { attribute as attributeOf, childElement, childElements } from '../../xml/read.ts';
import type { XmlAttribute, XmlDocument, XmlElement } from '../../xml/tree.ts';
import { element, enclose, textElement } from '../../xml/write.ts';
import { type AskedOf, invalid, newerProblem, newerXml, schemaWords, unusual } from './problems.ts';
import { wordTable } from '../../word-table.ts';

/** What the validator says about a document. */
interface SchemaDetail {
  readonly message: string;
  readonly line: number;
}

/** Validates a text; empty when it matches. */
export type Validate = (text: string) => readonly SchemaDetail[];

/** Problems of a well-formed document: of each device by itself, and of the rest. */
export function schemaFaults(text: string, file: string, validate: Validate, asked: AskedOf): Problem[] {
  const details = validate(text);
  if (details.length === 0) return [];
  const document = parseXml(text);
  const devices = childElement(document.root, 'devices');
  const all = devices === undefined ? [] : childElements(devices);
  const newer = newerXml(document.root, asked);
  const at = (offset: number): SourceLocation => locationIn(document, offset, file);
  const problems = all.flatMap((device) => {
    const own = newer.filter((found) => isWithin(found, device));
    return deviceFaults(document, device, { file, validate, own, asked });
  });
  const withoutDevices = all.map(({ start, end }) => ({ start, end, text: lineBreaks(text.slice(start, end)) }));
  const restNewer = newer.filter((found) => !all.some((device) => isWithin(found, device)));
  const withoutNewer = restNewer.map((found) => removal(found, text));
  const rest = validate(
    applySplices(
      text,
      [...withoutDevices, ...withoutNewer].toSorted((a, b) => a.start - b.start),
    ),
  );
  const told = rest.length === 0 && validate(applySplices(text, withoutDevices)).length === 0 ? [] : restNewer.map((found) => newerProblem(found, asked, at));
  const isExplained = problems.length > 0 || told.length > 0 || all.some(isCommandline);
  const [unexplained] = rest.length > 0 ? rest : isExplained ? [] : details;
  if (unexplained === undefined) return [...told, ...problems];
  const line = Math.max(1, ...(rest.length > 0 ? rest : details).map((detail) => detail.line));
  const message = `the definition does not match ${schemaWords(asked)}: ${unexplained.message.trim()}`;
  return [...told, ...problems, invalid(message, { file, line, column: 1 }, asked)];
}

function isWithin({ element }: FoundXml, { start, end }: XmlElement): boolean {
  return element.start >= start && element.end <= end;
}

/** What takes it out, lines kept: the attribute, or with it the element, which an older libvirt may know only with another attribute. */
function removal({ element, attribute }: FoundXml, text: string, what: 'smallest' | 'element' = 'smallest'): Splice {
  const { start, end } = what === 'element' ? element : (attribute ?? element);
  return { start, end, text: lineBreaks(text.slice(start, end)) };
}

/** The ways to take all of these out, the smallest first. */
function removalsOf(own: readonly FoundXml[], text: string): readonly (readonly Splice[])[] {
  const elements = own.filter(({ element }, i) => own.findIndex((other) => other.element === element) === i);
  return [own.map((found) => removal(found, text)), elements.map((found) => removal(found, text, 'element'))];
}

/** Lines keep their numbers. */
function lineBreaks(text: string): string {
  return text.replaceAll(/[^\n\r]/g, '');
}

interface DeviceCheck {
  readonly file: string;
  readonly validate: Validate;
  /** What of the device may be newer than the schema. */
  readonly own: readonly FoundXml[];
  readonly asked: AskedOf;
}

function deviceFaults(document: XmlDocument, device: XmlElement, { file, validate, own, asked }: DeviceCheck): Problem[] {
  const matches = (splices: readonly Splice[]): boolean => validate(alone(document, device, splices)).length === 0;
  if (isCommandline(device) || matches([])) return [];
  const at = (offset: number): SourceLocation => locationIn(document, offset, file);
  const numbers = unusualNumbers(device, matches);
  if (numbers.length > 0)
    return numbers.map(({ name, value, usual, parent, offset }) => unusual(`${name}='${value}' of <${parent}>`, usual, at(offset), asked));
  const newer = own.map((found) => newerProblem(found, asked, at));
  const removals = removalsOf(own, document.source);
  // A value cannot always be taken out to see what else there is: a controller has to have a type.
  if (newer.length > 0 && (own.some(({ xml }) => xml.path.includes('=')) || removals.some(matches))) return newer;
  const matchesWithout = ({ start, end }: XmlElement | XmlAttribute): boolean =>
    removals.some((way) => {
      const others = way.filter((each) => each.end <= start || each.start >= end);
      return matches([...others, { start, end, text: '' }].toSorted((a, b) => a.start - b.start));
    });
  // The smallest part without which the device matches is what is wrong with it.
  const parts = [...partsOf(device)];
  const attribute = parts.flatMap((element) => element.attributes.map((each) => ({ element, ...each }))).find((each) => matchesWithout(each));
  if (attribute !== undefined) {
    return [
      ...newer,
      invalid(`${attribute.name}='${attribute.value}' of <${attribute.element.name}> does not match ${schemaWords(asked)}`, at(attribute.start), asked),
    ];
  }
  const child = parts.find((each) => each.start !== device.start && matchesWithout(each));
  if (child !== undefined)
    return [...newer, invalid(`<${child.name}> in <${child.parent?.name}> does not match ${schemaWords(asked)}`, at(child.start), asked)];
  return [...newer, invalid(`this <${device.name}> does not match ${schemaWords(asked)}`, at(device.start), asked)];
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
const DIGITS = wordTable<number>({ domain: 4, bus: 2, slot: 2, function: 1 });

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
