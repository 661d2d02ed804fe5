/** The journal's bytes as records, and what of it cannot be read. */
import { HostdevError, type Problem } from '../../errors.ts';
import { decodeRecord, isTorn, type JournalRecord } from './record.ts';

/** A record as the file has it. */
interface WrittenRecord {
  readonly record: JournalRecord;
  /** Its line without the line end. */
  readonly text: string;
}

export interface Scan {
  /** In the file's order. */
  readonly written: readonly WrittenRecord[];
  /** Numbers of the lines that cannot be read, from 1. */
  readonly damaged: readonly number[];
  /** The first record that this hostdev does not know. */
  readonly unknown: { readonly line: number; readonly what: string } | undefined;
  /** Where whole lines end, in bytes: what is behind that was torn by a crash in the middle of an append, and was never acted on. */
  readonly end: number;
}

/** Reads all that can be read; nothing behind a damaged line is left out. */
export function scanJournal(bytes: Buffer): Scan {
  const written: WrittenRecord[] = [];
  const damaged: number[] = [];
  const begun = new Set<string>();
  let unknown: Scan['unknown'];
  let line = 0;
  let end = 0;
  for (let start = 0; start < bytes.length; start = end) {
    const next = bytes.indexOf(LINE_END, start);
    line += 1;
    if (next === -1 && isTornEnd(bytes.toString('utf8', start))) break;
    const text = bytes.toString('utf8', start, next === -1 ? bytes.length : next);
    end = next === -1 ? bytes.length : next + 1;
    const read = decodeRecord(text);
    if (read.kind === 'record' && beginsAgain(read.record, begun)) damaged.push(line);
    else if (read.kind === 'record') written.push({ record: read.record, text });
    else if (read.kind === 'unknown') unknown ??= { line, what: read.what };
    else {
      damaged.push(line);
      written.push(...piecesOf(text));
    }
  }
  return { written, damaged, unknown, end };
}

/** Every change has an id of its own: of two with one id nobody could say which of them ended. */
function beginsAgain({ kind, id }: JournalRecord, begun: Set<string>): boolean {
  if (kind !== 'begin') return false;
  const isKnown = begun.has(id);
  begun.add(id);
  return isKnown;
}

const LINE_END = 0x0a;

/** A whole record with a byte behind it was not torn: it is the line end that is damaged. One with nothing behind it was, by one byte. */
function isTornEnd(text: string): boolean {
  return isTorn(text) && (decodeRecord(text).kind !== 'damaged' || piecesOf(text).length === 0);
}

/** Where a damaged line end has made one line of two, the records around it are whole. */
function piecesOf(text: string): WrittenRecord[] {
  const starts = [...text.matchAll(/[0-9a-f]{8} \{"/g)].map(({ index }) => index);
  return starts.flatMap((start, i) => {
    const piece = text.slice(start, (starts[i + 1] ?? text.length) - 1);
    for (const whole of [piece, text.slice(start, starts[i + 1])]) {
      const read = decodeRecord(whole);
      if (read.kind === 'record') return [{ record: read.record, text: whole }];
    }
    return [];
  });
}

/**
 * Refuses what nobody may build on.
 *
 * @throws {HostdevError} `journal-newer`, `journal-damaged`.
 */
export function requireSound(scan: Scan, file: string): void {
  refuseUnknown(scan, file);
  const [problem] = damageOf(scan, file);
  if (problem !== undefined) throw HostdevError.from({ ...problem, severity: 'error' });
}

/** @throws {HostdevError} `journal-newer`. */
export function refuseUnknown({ unknown }: Scan, file: string): void {
  if (unknown === undefined) return;
  throw new HostdevError('journal-newer', `line ${unknown.line} of ${file} is of a newer hostdev: this one does not know ${unknown.what}`, {
    subject: file,
    hint: 'use the version of hostdev that wrote it; nothing was changed',
  });
}

/** What is said to whoever only looks. */
export function damageOf({ damaged }: Scan, file: string): Problem[] {
  if (damaged.length === 0) return [];
  const lines = damaged.length === 1 ? `line ${damaged[0]}` : `${damaged.length} lines (the first is line ${damaged[0]})`;
  return [
    {
      code: 'journal-damaged',
      severity: 'warning',
      subject: file,
      message: `${lines} of ${file} cannot be read, so a change that was interrupted may be missing`,
      hint: "look for the reason (a disk that fails?); 'hostdev recover --salvage' keeps a copy and every record that can be read",
    },
  ];
}
