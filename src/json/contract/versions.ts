/** Versions of libvirt: for which one an answer is, and those that are known. */
import { KNOWN_LIBVIRTS } from '../../addressing/libvirt/known.ts';
import type { SpokenFor } from '../../addressing/libvirt/spoken-for.ts';
import type { Versions } from './notation.ts';
import { type Of, record, text, word } from './shape.ts';

export const KNOWN_LIBVIRT = record({
  ...{ kind: word(['libvirt']), version: text('11.3'), qemu: text('the QEMU that ships beside it') },
  ...{ ships: text('who ships them together'), evidence: word(['measured', 'table']) },
});

export function jsonVersions({ qemu, ...rest }: SpokenFor): Versions {
  return { ...rest, qemu: qemu ?? null };
}

export function knownLibvirts(): Of<typeof KNOWN_LIBVIRT>[] {
  return KNOWN_LIBVIRTS.map((each) => ({ kind: 'libvirt', ...each }));
}
