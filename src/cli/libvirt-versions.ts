/** Which libvirt a prediction speaks for, in words; and those that are known, as a table. */
import { KNOWN_LIBVIRTS } from '../addressing/libvirt/known.ts';
import type { SpokenFor } from '../addressing/libvirt/spoken-for.ts';
import { giveItems } from './answer.ts';
import type { Io } from './io.ts';
import { knownLibvirts } from '../json/contract/versions.ts';
import { formatTable } from './table.ts';

const EVIDENCE_NOTES: Readonly<Record<SpokenFor['evidence'], readonly string[]>> = {
  measured: [],
  table: ['by table, not measured'],
  outside: [`outside what is known, ${KNOWN_LIBVIRTS[0]?.version}–${KNOWN_LIBVIRTS.at(-1)?.version}: by the rules of the nearest`],
};

/** `libvirt 11.3.0 with QEMU 10.0`, and what there is to know about that. */
export function versionWords({ libvirt, qemu, said, evidence }: SpokenFor): string {
  const notes = [...(said ? [] : ['the newest that is known; --libvirt names another']), ...EVIDENCE_NOTES[evidence]];
  return `libvirt ${libvirt}${qemu === undefined ? '' : ` with QEMU ${qemu}`}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

/** Says on stderr which libvirt was taken, where nobody named one, or none of those that are known. */
export function noteVersions(io: Io, ...all: readonly (SpokenFor | undefined)[]): void {
  const told = all.flatMap((versions) => (versions !== undefined && (!versions.said || versions.evidence === 'outside') ? [versionWords(versions)] : []));
  for (const words of new Set(told)) io.err(`note: for ${words}\n`);
}

const EVIDENCE = { measured: 'held against a real daemon', table: 'by table only' } as const;

/** What `--libvirt list` prints. */
export function listLibvirts(
  io: Io,
  command: 'xml' | 'attach' | 'expand' | 'validate' | 'args' | 'topology',
  flags: { readonly json?: boolean | undefined },
): number {
  if (flags.json === true) giveItems(io, command, knownLibvirts());
  else {
    const rows = KNOWN_LIBVIRTS.map(({ version, qemu, ships, evidence }) => [version, qemu, ships, EVIDENCE[evidence]]);
    io.out(formatTable(io.terminal, ['LIBVIRT', 'QEMU', 'SHIPPED BY', 'KNOWN'], rows));
  }
  return 0;
}
