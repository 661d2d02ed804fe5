/** Which libvirt a prediction speaks for, told on stderr; and those that are known, as a table. */
import { EVIDENCE_WORDS, versionWords } from '../addressing/libvirt/version-words.ts';
import { KNOWN_LIBVIRTS } from '../addressing/libvirt/known.ts';
import type { SpokenFor } from '../addressing/libvirt/spoken-for.ts';
import { answerItems } from './answer.ts';
import type { Io } from './io.ts';
import { knownLibvirts } from '../json/contract/versions.ts';
import { formatTable } from './table.ts';

/** Says on stderr which libvirt was taken, where nobody named one, or none of those that are known. */
export function noteVersions(io: Io, ...all: readonly (SpokenFor | undefined)[]): void {
  const told = all.flatMap((versions) => (versions !== undefined && (!versions.said || versions.evidence === 'outside') ? [versionWords(versions)] : []));
  for (const words of new Set(told)) io.err(`note: for ${words}\n`);
}

/** What `--libvirt list` prints. */
export function listLibvirts(
  io: Io,
  command: 'xml' | 'attach' | 'expand' | 'validate' | 'args' | 'topology',
  flags: { readonly json?: boolean | undefined },
): number {
  if (flags.json === true) answerItems(io, command, knownLibvirts());
  else {
    const rows = KNOWN_LIBVIRTS.map(({ version, qemu, ships, evidence }) => [version, qemu, ships, EVIDENCE_WORDS[evidence]]);
    io.out(
      formatTable(
        io.terminal,
        [{ title: 'LIBVIRT' }, { title: 'QEMU' }, { title: 'SHIPPED BY', least: 16, wraps: true }, { title: 'KNOWN', leavesAt: 1 }],
        rows,
      ),
    );
  }
  return 0;
}
