/**
 * What readers of YAML make of a text without quotes. hostdev reads YAML 1.2 (core schema); Ansible, PyYAML and whoever else reads 1.1 may see another
 * number, or no text at all, in the same file. Sources: YAML 1.2.2, 10.3.2; the types of YAML 1.1 (yaml.org/type: bool, float, int, merge, null,
 * timestamp, value).
 */

/** What a text is to a reader; numbers by their value. */
export type Reading = { readonly kind: 'text' } | { readonly kind: 'null' | 'boolean' | 'number' | 'time'; readonly value: string };

const TEXT: Reading = { kind: 'text' };

type Row = readonly [pattern: RegExp, read: (text: string) => Reading];

const nothing = (): Reading => ({ kind: 'null', value: 'null' });
const truth =
  (yes: RegExp) =>
  (text: string): Reading => ({ kind: 'boolean', value: yes.test(text) ? 'true' : 'false' });
const number =
  (of: (text: string) => number) =>
  (text: string): Reading => ({ kind: 'number', value: String(of(text)) });

const bare = (text: string): string => text.replaceAll('_', '');
const signed = (text: string): number => (text.startsWith('-') ? -1 : 1);
const unsigned = (text: string): string => bare(text).replace(/^[-+]/, '');

function inBase(base: number, prefix: number): (text: string) => number {
  return (text) => signed(text) * Number.parseInt(unsigned(text).slice(prefix), base);
}

/** `15:30` is 930: minutes and hours of base 60. */
function sexagesimal(text: string): number {
  return (
    signed(text) *
    unsigned(text)
      .split(':')
      .reduce((sum, part) => sum * 60 + Number(part), 0)
  );
}

function special(text: string): number {
  return /nan$/i.test(text) ? Number.NaN : signed(text) * Number.POSITIVE_INFINITY;
}

const NULL: Row = [/^(~|null|Null|NULL|)$/, nothing];
const SPECIAL: Row = [/^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/, number(special)];

const CORE: readonly Row[] = [
  NULL,
  [/^(true|True|TRUE|false|False|FALSE)$/, truth(/^t/i)],
  [/^[-+]?[0-9]+$/, number((text) => Number(text))],
  [/^0o[0-7]+$/, number(inBase(8, 2))],
  [/^0x[0-9a-fA-F]+$/, number(inBase(16, 2))],
  [/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/, number(Number)],
  SPECIAL,
];

const OLDER: readonly Row[] = [
  NULL,
  [/^(y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/, truth(/^(y|t|on)/i)],
  [/^[-+]?0b[0-1_]+$/, number(inBase(2, 2))],
  [/^[-+]?0[0-7_]+$/, number(inBase(8, 1))],
  [/^[-+]?(0|[1-9][0-9_]*)$/, number((text) => Number(bare(text)))],
  [/^[-+]?0x[0-9a-fA-F_]+$/, number(inBase(16, 2))],
  [/^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+$/, number(sexagesimal)],
  [/^[-+]?([0-9][0-9_]*)?\.[0-9_]*([eE][-+][0-9]+)?$/, number((text) => Number(bare(text)))],
  [/^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*$/, number(sexagesimal)],
  SPECIAL,
  [/^\d{4}-\d\d?-\d\d?([Tt]|[ \t]+|$)/, (text) => ({ kind: 'time', value: text })],
];

/** The only letters of a merge key, and of a default value. */
const SIGNS: ReadonlySet<string> = new Set(['<<', '=']);

/** As YAML 1.2 reads a text without quotes. */
export function coreReading(text: string): Reading {
  return readingBy(CORE, text);
}

/** As YAML 1.1 reads it. */
function olderReading(text: string): Reading {
  return readingBy(OLDER, text);
}

function readingBy(rows: readonly Row[], text: string): Reading {
  const row = rows.find(([pattern]) => pattern.test(text));
  const reading = row?.[1](text);
  // A dot alone, and a sign before it, are no number whatever the pattern of 1.1 says.
  return reading === undefined || (reading.kind === 'number' && reading.value === 'NaN' && !/nan$/i.test(text)) ? TEXT : reading;
}

/**
 * What somebody else may take a text without quotes for; undefined where all take it for the same.
 *
 * @example `otherReading('15:00')` is `the number 900`, `otherReading('no')` `false`.
 */
export function otherReading(text: string): string | undefined {
  if (SIGNS.has(text)) return 'a sign of YAML 1.1';
  const [ours, theirs] = [coreReading(text), olderReading(text)];
  if (ours.kind === theirs.kind && (ours.kind === 'text' || (theirs.kind !== 'text' && ours.value === theirs.value))) return undefined;
  return words(theirs, ours);
}

function words(theirs: Reading, ours: Reading): string {
  switch (theirs.kind) {
    case 'text':
      return `a text, and for others ${words(ours, theirs)}`;
    case 'number':
      return `the number ${theirs.value}`;
    case 'time':
      return 'a time';
    default:
      return theirs.value;
  }
}
