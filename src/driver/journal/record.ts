/** Records of the journal: what was about to be done, and how it ended. */
import { crc32 } from 'node:zlib';

/** The state of a function before it was touched. */
interface PriorState {
  readonly driver: string | undefined;
  readonly override: string | undefined;
}

export interface BeginRecord {
  readonly kind: 'begin';
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  /** The kernel's boot id: bindings end with the boot. */
  readonly boot: string;
  readonly verb: 'prepare' | 'release';
  readonly address: string;
  readonly before: PriorState;
  /** Who did it: the user behind sudo where there is one. */
  readonly by: string;
}

interface EndRecord {
  readonly kind: 'done' | 'undone';
  readonly id: string;
  readonly time: string;
  readonly after: string | undefined;
  /** Why it was undone. */
  readonly reason?: string | undefined;
}

export type JournalRecord = BeginRecord | EndRecord;

/** One line: checksum, blank, JSON. */
export function encodeRecord(record: JournalRecord): string {
  const json = JSON.stringify(record);
  return `${checksum(json)} ${json}\n`;
}

/** The record of a line without its line end; undefined when it is torn or damaged. */
export function decodeRecord(line: string): JournalRecord | undefined {
  const json = line.slice(9);
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(json)) return undefined;
  return JSON.parse(json) as JournalRecord;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
