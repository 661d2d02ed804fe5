/** Small questions to the tree. */
import { resolveReferences } from './references.ts';
import type { XmlDocument, XmlElement } from './tree.ts';

/**
 * The element children, in document order.
 *
 * @example
 * ```ts
 * import { childElements, parseXml } from 'hostdev/xml';
 * const { root } = parseXml('<a><b/><c/><b/></a>');
 * console.log(childElements(root).length, childElements(root, 'b').length); // → 3 2
 * ```
 */
export function childElements(element: XmlElement, name?: string): XmlElement[] {
  const found: XmlElement[] = [];
  for (const node of element.children) {
    if (node.kind === 'element' && (name === undefined || node.name === name)) found.push(node);
  }
  return found;
}

/**
 * The first child element of that name.
 *
 * @example
 * ```ts
 * import { attribute, childElement, parseXml } from 'hostdev/xml';
 * console.log(attribute(childElement(parseXml("<a><b n='1'/><b n='2'/></a>").root, 'b'), 'n')); // → 1
 * ```
 */
export function childElement(element: XmlElement, name: string): XmlElement | undefined {
  for (const node of element.children) if (node.kind === 'element' && node.name === name) return node;
  return undefined;
}

/**
 * The first element found by going down one name after the other.
 *
 * @example
 * ```ts
 * import { attribute, descend, parseXml } from 'hostdev/xml';
 * console.log(attribute(descend(parseXml("<a><b><c n='1'/></b></a>").root, 'b', 'c'), 'n')); // → 1
 * ```
 */
export function descend(element: XmlElement, ...names: readonly string[]): XmlElement | undefined {
  let found: XmlElement | undefined = element;
  for (const name of names) {
    if (found === undefined) return undefined;
    found = childElement(found, name);
  }
  return found;
}

/**
 * The value of an attribute; undefined when it is missing, which is not the same as empty.
 *
 * @example
 * ```ts
 * import { attribute, parseXml } from 'hostdev/xml';
 * const { root } = parseXml("<a b=''/>");
 * console.log(attribute(root, 'b') === '', attribute(root, 'c')); // → true undefined
 * ```
 */
export function attribute(element: XmlElement | undefined, name: string): string | undefined {
  if (element === undefined) return undefined;
  for (const a of element.attributes) if (a.name === name) return a.value;
  return undefined;
}

/**
 * Text directly inside an element, references resolved, line ends as `\n`.
 *
 * @example
 * ```ts
 * import { parseXml, textOf } from 'hostdev/xml';
 * const document = parseXml('<name>R&amp;D</name>');
 * console.log(textOf(document, document.root)); // → R&D
 * ```
 */
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

/**
 * The document as it was read: the source itself, byte for byte.
 *
 * @example
 * ```ts
 * import { parseXml, printXml } from 'hostdev/xml';
 * console.log(printXml(parseXml("<a  b = '1' ></a>"))); // → <a  b = '1' ></a>
 * ```
 */
export function printXml(document: XmlDocument): string {
  return document.source;
}
