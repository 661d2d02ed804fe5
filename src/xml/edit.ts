/** Edits as splices: what is not named stays as it is, to the byte. */
import { HostdevError } from '../errors.ts';
import { escapeXml } from './references.ts';
import type { XmlDocument, XmlElement, XmlNode } from './tree.ts';

/** Replace `source.slice(start, end)` by `text`; several insertions at one offset keep their order. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Applies splices that were all made against the same source.
 *
 * @throws {HostdevError} `xml-edit-overlap` when two of them touch the same characters.
 * @example
 * ```ts
 * import { applySplices, parseXml, setAttribute } from 'hostdev/xml';
 * const { root, source } = parseXml("<a b='1'/>");
 * console.log(applySplices(source, [setAttribute(root, 'b', '2')])); // → <a b='2'/>
 * ```
 */
export function applySplices(source: string, splices: readonly Splice[]): string {
  // A stable sort keeps insertions at one offset in the order they were asked for; an insertion goes before a replacement there.
  const ordered = [...splices].sort((a, b) => a.start - b.start || a.end - b.end);
  const pieces: string[] = [];
  let at = 0;
  for (const splice of ordered) {
    if (splice.start < at) throw new HostdevError('xml-edit-overlap', `two edits overlap at offset ${splice.start}`);
    pieces.push(source.slice(at, splice.start), splice.text);
    at = splice.end;
  }
  pieces.push(source.slice(at));
  return pieces.join('');
}

/**
 * Inserts an element (given as lines, without indentation of its own) as a child, in the style of the
 * document: its line ends, its indentation. `after` is the sibling it follows; without it the element comes
 * last. A self-closing parent is opened.
 *
 * @example
 * ```ts
 * import { applySplices, insertChild, parseXml } from 'hostdev/xml';
 * const document = parseXml('<a>\n  <b/>\n</a>');
 * console.log(applySplices(document.source, [insertChild(document, document.root, ['<c/>'])])); // → <a>\n  <b/>\n  <c/>\n</a>
 * ```
 */
export function insertChild(document: XmlDocument, parent: XmlElement, lines: readonly string[], after?: XmlNode): Splice {
  const { source } = document;
  const eol = lineEnd(source);
  const outer = indentOf(source, parent);
  const siblings = parent.children.filter((node) => node.kind === 'element');
  const previous = after ?? siblings.at(-1);
  const indent = previous === undefined ? outer + step(document, parent) : indentOf(source, previous);
  const body = lines.map((line) => (line === '' ? '' : indent + line)).join(eol);

  if (parent.selfClosing) {
    const tag = source.slice(parent.start, parent.end).replace(/\s*\/>$/, '');
    return { start: parent.start + tag.length, end: parent.end, text: `>${eol}${body}${eol}${outer}</${parent.name}>` };
  }
  if (previous !== undefined) {
    const at = behindRemarks(source, parent, previous);
    return { start: at, end: at, text: eol + body };
  }
  const content = source.slice(parent.contentStart, parent.contentEnd);
  // Only white space inside: reuse the line break that is there, so no other line changes.
  const lastBreak = Math.max(content.lastIndexOf('\n'), content.lastIndexOf('\r'));
  if (lastBreak !== -1 && content.slice(lastBreak + 1).trim() === '') {
    const at = parent.contentStart + lastBreak + 1;
    return { start: at, end: at, text: body + eol };
  }
  return { start: parent.contentEnd, end: parent.contentEnd, text: eol + body + eol + outer };
}

/** Behind comments that stand on the node's own line: they belong to it, and its line must not change. */
function behindRemarks(source: string, parent: XmlElement, node: XmlNode): number {
  const following = parent.children.slice(parent.children.indexOf(node) + 1);
  for (const next of following) {
    const text = source.slice(next.start, next.end);
    const lineBreak = text.search(/[\r\n]/);
    if (next.kind === 'text' && lineBreak !== -1) return text.slice(0, lineBreak).trim() === '' ? next.start + lineBreak : node.end;
    if (next.kind !== 'comment' && text.trim() !== '') return node.end;
    if (lineBreak !== -1) return node.end;
  }
  return node.end;
}

/**
 * Inserts before the first child, or as {@link insertChild} where there is none.
 *
 * @example
 * ```ts
 * import { applySplices, insertFirstChild, parseXml } from 'hostdev/xml';
 * const document = parseXml('<a>\n  <b/>\n</a>');
 * console.log(applySplices(document.source, [insertFirstChild(document, document.root, ['<c/>'])])); // → <a>\n  <c/>\n  <b/>\n</a>
 * ```
 */
export function insertFirstChild(document: XmlDocument, parent: XmlElement, lines: readonly string[]): Splice {
  const first = parent.children.find((node) => node.kind === 'element');
  if (first === undefined) return insertChild(document, parent, lines);
  const eol = lineEnd(document.source);
  const indent = indentOf(document.source, first);
  return { start: first.start, end: first.start, text: lines.map((line, i) => (i === 0 ? line : indent + line)).join(eol) + eol + indent };
}

/**
 * Removes a node together with the line break and indentation before it, so no blank line stays behind.
 *
 * @example
 * ```ts
 * import { applySplices, childElements, parseXml, removeNode } from 'hostdev/xml';
 * const document = parseXml('<a>\n  <b/>\n  <c/>\n</a>');
 * const [first] = childElements(document.root);
 * console.log(first && applySplices(document.source, [removeNode(document, first)])); // → <a>\n  <c/>\n</a>
 * ```
 */
export function removeNode(document: XmlDocument, node: XmlNode): Splice {
  const { source } = document;
  let start = node.start;
  while (start > 0 && (source[start - 1] === ' ' || source[start - 1] === '\t')) start -= 1;
  if (start > 0 && source[start - 1] === '\n') start -= source[start - 2] === '\r' ? 2 : 1;
  else start = node.start;
  return { start, end: node.end, text: '' };
}

/**
 * Replaces a node, first line where the old one began, further lines indented like it.
 *
 * @example
 * ```ts
 * import { applySplices, childElements, parseXml, replaceNode } from 'hostdev/xml';
 * const document = parseXml('<a>\n  <b/>\n</a>');
 * const [first] = childElements(document.root);
 * console.log(first && applySplices(document.source, [replaceNode(document, first, ['<c/>', '<d/>'])])); // → <a>\n  <c/>\n  <d/>\n</a>
 * ```
 */
export function replaceNode(document: XmlDocument, node: XmlNode, lines: readonly string[]): Splice {
  const indent = indentOf(document.source, node);
  return { start: node.start, end: node.end, text: lines.join(lineEnd(document.source) + indent) };
}

/**
 * Sets an attribute: its value is replaced in place and in its own quotes, or it is added behind the last one.
 *
 * @example
 * ```ts
 * import { applySplices, parseXml, setAttribute } from 'hostdev/xml';
 * const { root, source } = parseXml('<a b="1"/>');
 * console.log(applySplices(source, [setAttribute(root, 'b', '2')]), applySplices(source, [setAttribute(root, 'c', '3')])); // → <a b="2"/> <a b="1" c='3'/>
 * ```
 */
export function setAttribute(element: XmlElement, name: string, value: string): Splice {
  const present = element.attributes.find((a) => a.name === name);
  if (present !== undefined) return { start: present.valueStart, end: present.valueEnd, text: escapeXml(value) };
  const last = element.attributes.at(-1);
  const at = last?.end ?? element.start + 1 + element.name.length;
  return { start: at, end: at, text: ` ${name}='${escapeXml(value)}'` };
}

/** The line end the document uses: that of its first line. */
function lineEnd(source: string): '\n' | '\r\n' {
  const first = source.indexOf('\n');
  return first > 0 && source[first - 1] === '\r' ? '\r\n' : '\n';
}

/** White space before a node on its line; empty when something else stands before it. */
function indentOf(source: string, node: XmlNode): string {
  let lineStart = node.start;
  while (lineStart > 0 && source[lineStart - 1] !== '\n' && source[lineStart - 1] !== '\r') lineStart -= 1;
  return /^[ \t]*/.exec(source.slice(lineStart, node.start))?.[0] ?? '';
}

/** One step of indentation, taken from how the parent stands in its own parent; two spaces where that says nothing. */
function step(document: XmlDocument, parent: XmlElement): string {
  if (parent.parent === undefined) return '  ';
  const inner = indentOf(document.source, parent);
  const outer = indentOf(document.source, parent.parent);
  return inner.startsWith(outer) && inner.length > outer.length ? inner.slice(outer.length) : '  ';
}
