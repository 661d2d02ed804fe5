/** What the terminal can show: how wide it is, whether it has more than ASCII, whether it has colours. */
import { wordTable } from '../word-table.ts';

export interface Terminal {
  /** Columns; undefined where nothing has to fit: the results go to a file or a pipe. */
  readonly width: number | undefined;
  readonly hasUnicode: boolean;
  readonly hasColors: boolean;
}

/** Of a terminal that does not say how wide it is. */
const USUAL_WIDTH = 80;

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What the environment and the stream of the results say. */
export function terminalOf(env: NodeJS.ProcessEnv, { isTTY, columns }: Stream): Terminal {
  return {
    width: isTTY === true ? columns || USUAL_WIDTH : undefined,
    hasUnicode: /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''),
    hasColors: hasColors(env, isTTY === true),
  };
}

/** Sources: no-color.org (any value but an empty one switches it off), force-color.org. */
function hasColors(env: NodeJS.ProcessEnv, isTTY: boolean): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced) return forced !== '0' && forced !== 'false';
  return isTTY && env['TERM'] !== 'dumb';
}

/** The signs that hostdev itself prints, as they were written before there were others. */
const SIGNS = wordTable<string>({
  '→': '->',
  '…': '...',
  '×': 'x',
  '–': '-',
  '─': '-',
  '│': '|',
  '├': '|',
  '└': '\\',
  '┌': '/',
});

/** Text for a terminal that has ASCII only; what is none of our own signs becomes `?`, one a character. */
export function asAscii(text: string): string {
  return text.replaceAll(/[^\0-\x7f]/gu, (sign) => SIGNS[sign] ?? '?');
}

/**
 * JSON as a terminal may show it: what orders a terminal about, or turns the order of what is read, is written as \u. Of such letters JSON itself only
 * escapes those below a blank. Source: RFC 8259, 7.
 */
export function asShownJson(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  return escaped(text, /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g);
}

/** JSON that is ASCII says the same. */
export function asAsciiJson(text: string): string {
  return escaped(text, /[^\0-\x7e]/g);
}

function escaped(text: string, units: RegExp): string {
  return text.replaceAll(units, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
