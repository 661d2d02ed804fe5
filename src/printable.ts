/** Text of others, and problems, made fit to be shown on a terminal or a page. */
import { formatLocation, type Problem } from './errors.ts';

/** What users or files name must not write on the terminal, nor turn the order of what is read. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ');
}

/** Whether it may be shown as it is: what is written down for others is refused otherwise. */
export function isOneLine(text: string): boolean {
  return oneLine(text) === text;
}

/** A line of a file, tabs kept. */
export function printable(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  return line.replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '?');
}

/** `hostdev: guest.xml:3:5: the guest already has … [hostdev-present]`, and the hint on a line of its own. */
export function problemLines({ location, severity, message, code, hint }: Problem): string {
  const where = location === undefined ? '' : `${oneLine(formatLocation(location))}: `;
  const told = `hostdev: ${severity === 'warning' ? 'warning: ' : ''}${where}${oneLine(message)} [${code}]\n`;
  return hint === undefined ? told : `${told}  hint: ${oneLine(hint)}\n`;
}
