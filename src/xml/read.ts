/** Small questions to the tree. */
import { resolveReferences } from './references.ts';
import type { XmlDocument, XmlElement } from './tree.ts';

/** The element children, in document order. */
export function childElements(element: XmlElement, name?: string): XmlElement[] {
  const found: XmlElement[] = [];
  for (const node of element.children) {
    if (node.kind === 'element' && (name === undefined || node.name === name)) found.push(node);
  }
  return found;
}

/** The first child element of that name. */
export function childElement(element: XmlElement, name: string): XmlElement | undefined {
  for (const node of element.children) if (node.kind === 'element' && node.name === name) return node;
  return undefined;
}

/** The first element found by going down one name after the other. */
export function descend(element: XmlElement, ...names: readonly string[]): XmlElement | undefined {
  let found: XmlElement | undefined = element;
  for (const name of names) {
    if (found === undefined) return undefined;
    found = childElement(found, name);
  }
  return found;
}

/** The value of an attribute; undefined when it is missing, which is not the same as empty. */
export function attribute(element: XmlElement | undefined, name: string): string | undefined {
  if (element === undefined) return undefined;
  for (const a of element.attributes) if (a.name === name) return a.value;
  return undefined;
}

/** Text directly inside an element, references resolved, line ends as `\n`. */
export function textOf(document: XmlDocument, element: XmlElement): string {
  let text = '';
  for (const node of element.children) {
    if (node.kind === 'text') text += resolveReferences(newlines(document.source.slice(node.start, node.end)));
    else if (node.kind === 'cdata') text += newlines(document.source.slice(node.start + 9, node.end - 3));
  }
  return text;
}

function newlines(text: string): string {
  return text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
}

/** The document as it was read: the source itself, byte for byte. */
export function printXml(document: XmlDocument): string {
  return document.source;
}
