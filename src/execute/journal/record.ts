/** Records of the journal: what was about to be done, and how it ended. */
import { crc32 } from 'node:zlib';

/** What can be done to a host. */
export type Verb = HostVerb | GuestVerb;

export type HostVerb = 'prepare' | 'release' | 'vf create' | 'vf remove' | 'vf set' | 'slot on' | 'slot off' | 'persist' | 'unpersist';

/** What can be done to a guest. */
export type GuestVerb = 'attach' | 'detach';

export function isGuestVerb(verb: Verb): verb is GuestVerb {
  return verb === 'attach' || verb === 'detach';
}

/** Named facts of a subject, as the kernel or a file shows them; null where there is none. */
export type State = Readonly<Record<string, string | null>>;

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
}

interface EndRecord {
  readonly kind: 'done' | 'undone';
  readonly id: string;
  readonly time: string;
  readonly after: State;
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
