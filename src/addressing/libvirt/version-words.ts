/** Which libvirt a prediction speaks for, in words. */
import { KNOWN_LIBVIRTS, type KnownLibvirt } from './known.ts';
import type { SpokenFor } from './spoken-for.ts';

/** How a libvirt is known. */
export const EVIDENCE_WORDS: Readonly<Record<KnownLibvirt['evidence'], string>> = { measured: 'held against a real daemon', table: 'by table only' };

const EVIDENCE_NOTES: Readonly<Record<SpokenFor['evidence'], readonly string[]>> = {
  measured: [],
  table: ['by table, not measured'],
  outside: [`outside what is known, ${KNOWN_LIBVIRTS[0]?.version}–${KNOWN_LIBVIRTS.at(-1)?.version}: by the rules of the nearest`],
};

/** `libvirt 11.3.0 with QEMU 10.0`, and what there is to know about that. `another` says how another one is named. */
export function versionWords({ libvirt, qemu, said, evidence }: SpokenFor, another = '--libvirt names another'): string {
  const notes = [...(said ? [] : [`the newest that is known; ${another}`]), ...EVIDENCE_NOTES[evidence]];
  return `libvirt ${libvirt}${qemu === undefined ? '' : ` with QEMU ${qemu}`}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}
