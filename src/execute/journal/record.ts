/** Records of the journal: what was about to be done, and how it ended. */
import { parseSysfsName } from '../../pci/sysfs-name.ts';
import { crc32 } from 'node:zlib';
import { GUEST_VERBS, HOST_VERBS, POOL_VERBS, type State, type Verb } from '../../plan/transition.ts';

const END_KINDS = ['done', 'undone', 'lost'] as const;

export interface BeginRecord {
  readonly kind: 'begin';
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  /** The kernel's boot id: what sysfs shows ends with the boot. */
  readonly boot: string;
  readonly verb: Verb;
  /** Address of a function; for slots the function id as the slot's directory has it, for rules the address they are for, for guests `0007:00:00.0 in web`. */
  readonly subject: string;
  readonly before: State;
  readonly wanted: State;
  /** Who did it: the user behind sudo where there is one, and the process. */
  readonly by: string;
  /**
   * Id of the whole that the change is a part of: all parts of it are done, or none stays. The whole has ended when there is a record of an end
   * with this id; a hostdev that does not know wholes reads each part as a change of its own.
   */
  readonly whole?: string | undefined;
  /** Fencing tokens of the claims of a fleet that it was made under, by function: a claim that is older is none any more. */
  readonly claims?: Readonly<Record<string, string>> | undefined;
  /** Id of that fleet: tokens of another one say nothing of its claims. Missing in what an older hostdev wrote. */
  readonly fleet?: string | undefined;
}

export interface EndRecord {
  /** `lost`: it ended, but the record that said how could not be read when the journal was salvaged. */
  readonly kind: (typeof END_KINDS)[number];
  readonly id: string;
  readonly time: string;
  readonly after: State;
  /** Why it was undone. */
  readonly reason?: string | undefined;
  /** Who brought it to its end, where that was not whoever had begun it: who recovered it. */
  readonly by?: string | undefined;
}

export type JournalRecord = BeginRecord | EndRecord;

/**
 * Format of the records that are written. A record without one is of 0.1.0, whose records mean the same. It rises when a record of
 * before would be misread by what comes after, or the other way round.
 */
const FORMAT = 1;

/** One line: checksum, blank, JSON. */
export function encodeRecord(record: JournalRecord): string {
  const json = JSON.stringify({ format: FORMAT, ...record });
  return `${checksum(json)} ${json}\n`;
}

/** What a line of the journal is. `unknown`: whole, but of a hostdev that knows more than this one. */
export type Line =
  | { readonly kind: 'record'; readonly record: JournalRecord }
  | { readonly kind: 'unknown'; readonly what: string }
  | { readonly kind: 'damaged' };

/** Reads a line without its line end. */
export function decodeRecord(line: string): Line {
  const json = line.slice(9);
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(json)) return { kind: 'damaged' };
  const { format = 0, ...record }: Fields = objectIn(json);
  if (typeof format !== 'number' || format > FORMAT) return { kind: 'unknown', what: `format ${JSON.stringify(format)}` };
  const what = record.kind === 'begin' ? strangenessOfBegin(record) : strangenessOfEnd(record);
  return what === undefined ? { kind: 'record', record: record as unknown as JournalRecord } : { kind: 'unknown', what };
}

/** What a line may be that was torn in the middle of writing: the beginning of a record, with nothing or the zeros of a file system behind it. */
export function isTorn(line: string): boolean {
  const written = line.replace(/\0+$/, '');
  return BEGINNING.startsWith(written.replace(/^[0-9a-f]+/, (digits) => '0'.repeat(digits.length))) || /^[0-9a-f]{8} \{"/.test(written);
}

const BEGINNING = '00000000 {"';

type Fields = Readonly<Record<string, unknown>>;

function objectIn(json: string): Fields {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}

function strangenessOfBegin(record: Fields): string | undefined {
  const { verb } = record;
  if (![...HOST_VERBS, ...GUEST_VERBS, ...POOL_VERBS].some((known) => known === verb)) return `a change '${wordOf(verb)}'`;
  if (record['whole'] !== undefined && typeof record['whole'] !== 'string') return "a record whose 'whole' is something else";
  if (record['claims'] !== undefined && !isState(record['claims'])) return "a record whose 'claims' is something else";
  if (record['fleet'] !== undefined && typeof record['fleet'] !== 'string') return "a record whose 'fleet' is something else";
  return strangeField(record, ['id', 'time', 'boot', 'subject', 'by'], ['before', 'wanted']) ?? strangeMove(record);
}

/** What is recovered by writing to the kernel has to say whom it means, and what was there. */
function strangeMove({ verb, subject, before, wanted }: Fields): string | undefined {
  if (verb !== 'prepare' && verb !== 'release') return undefined;
  if (parseSysfsName(subject as string) === undefined) return "a record whose 'subject' is no PCI function";
  const isEmpty = (state: unknown): boolean => Object.keys(state as object).length === 0;
  return isEmpty(before) || isEmpty(wanted) ? `a record of '${verb}' that does not say from what to what` : undefined;
}

function strangenessOfEnd(record: Fields): string | undefined {
  const { kind } = record;
  if (!END_KINDS.some((known) => known === kind)) return `a record '${wordOf(kind)}'`;
  return strangeField(record, ['id', 'time'], ['after']);
}

/** A value of any kind, as a message may name it. */
function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function strangeField(record: Fields, texts: readonly string[], states: readonly string[]): string | undefined {
  const strange = [...texts.filter((name) => typeof record[name] !== 'string'), ...states.filter((name) => !isState(record[name]))][0];
  return strange === undefined ? undefined : `a record whose '${strange}' is something else`;
}

function isState(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((fact) => fact === null || typeof fact === 'string');
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
