/** Offsets to lines and columns. */
import type { SourceLocation } from '../errors.ts';

const LINE_STARTS = new WeakMap<object, readonly number[]>();

/**
 * Line and column of an offset, both from 1; the column counts UTF-16 code units. `\n`, `\r\n` and a lone
 * `\r` each end a line (XML 1.0 §2.11).
 *
 * @example
 * ```ts
 * import { locationAt } from 'hostdev/xml';
 * const { line, column } = locationAt('<a>\n  <b/>\n</a>', 6);
 * console.log(line, column); // → 2 3
 * ```
 */
export function locationAt(source: string, offset: number, file?: string): SourceLocation {
  let line = 1;
  let lineStart = 0;
  for (let at = nextLineStart(source, 0); at !== -1 && at <= offset; at = nextLineStart(source, at)) {
    line += 1;
    lineStart = at;
  }
  return { line, column: offset - lineStart + 1, ...(file === undefined ? {} : { file }) };
}

/**
 * As {@link locationAt}, for many offsets of one document: the lines are counted once.
 *
 * @example
 * ```ts
 * import { childElement, locationIn, parseXml } from 'hostdev/xml';
 * const document = parseXml('<a>\n  <b/>\n</a>');
 * const { line, column } = locationIn(document, childElement(document.root, 'b')?.start ?? 0);
 * console.log(line, column); // → 2 3
 * ```
 */
export function locationIn(document: { readonly source: string }, offset: number, file?: string): SourceLocation {
  let starts = LINE_STARTS.get(document);
  if (starts === undefined) {
    const found = [0];
    for (let at = nextLineStart(document.source, 0); at !== -1; at = nextLineStart(document.source, at)) found.push(at);
    starts = found;
    LINE_STARTS.set(document, starts);
  }
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1, ...(file === undefined ? {} : { file }) };
}

const LINE_END = /\r\n|\n|\r/g;

function nextLineStart(source: string, from: number): number {
  LINE_END.lastIndex = from;
  return LINE_END.test(source) ? LINE_END.lastIndex : -1;
}
