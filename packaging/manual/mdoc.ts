/** Pieces of manual pages in mdoc(7): text that no macro or escape can come out of, and options and words as macros. */

const WIDTH = 78;

/** Characters that mean something to roff, and those that not every terminal has. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('…', '...')
    .replaceAll(/(?<![a-zA-Z])-(?=[\w-])|(?<=-)-/g, '\\-')
    .replaceAll(/[^\n -~]/g, (character) => `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`);
}

/** Sentences begin on lines of their own, and no line is long; a line that begins like a request is none. */
export function paragraph(text: string): string[] {
  const sentences = text.split(/(?<=[.!?]) (?=[A-Z<'-])/);
  return sentences.flatMap((sentence) => wrap(escape(sentence))).map((line) => (/^[.']/.test(line) ? `\\&${line}` : line));
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** One argument of a macro. */
export function argument(text: string): string {
  // Two capital or small letters could be the name of another macro.
  const escaped = `${/^[A-Z][a-z]$|^.$/.test(text) ? '\\&' : ''}${escape(text)}`;
  return /[ "]/.test(escaped) ? `"${escaped.replaceAll('"', '""')}"` : escaped;
}

/** `--root <dir>` → `Fl -root Ar dir`; `-c, --connect <uri>`; `--wait[=seconds]`. */
export function optionMacro(flags: string): string {
  const [, short, name = '', optional, value] = /^(?:(-\w), )?--([\w-]+)(\[=)?\s*[<]?([^\]>]*)/.exec(flags) ?? [];
  const head = short === undefined ? [] : [`Fl ${short.slice(1)} ,`];
  const tail = value === undefined || value === '' ? '' : optional === undefined ? ` Ar ${argument(value)}` : ` Ns Op = Ns Ar ${argument(value)}`;
  return [...head, `Fl -${name}${tail}`].join(' ');
}

/** `<guest>` → `Ar guest`; `[address...]` → `Op Ar address ...`. */
export function wordMacro(word: string): string {
  const [, open, name = '', dots] = /^([<[])([^\].>]+)(\.\.\.)?/.exec(word) ?? [];
  const ar = `Ar ${argument(name)}${dots === undefined ? '' : ' ...'}`;
  return open === '[' ? `Op ${ar}` : ar;
}

/** A list of terms, each with its text. */
export function definitions(rows: readonly (readonly [macro: string, text: string])[]): string[] {
  return ['.Bl -tag -width Ds', ...rows.flatMap(([macro, text]) => [`.It ${macro}`, ...paragraph(text)]), '.El'];
}

export interface PageHead {
  readonly name: string;
  readonly summary: string;
  readonly date: Date;
}

/** The lines that every page begins with. */
export function pageHead({ name, summary, date }: PageHead): string[] {
  const month = date.toLocaleString('en', { month: 'long', timeZone: 'UTC' });
  return [
    `.Dd ${month} ${date.getUTCDate()}, ${date.getUTCFullYear()}`,
    `.Dt ${name.toUpperCase()} 1`,
    '.Os',
    '.Sh NAME',
    `.Nm ${name}`,
    `.Nd ${escape(summary)}`,
  ];
}
