/**
 * Which libvirt and which QEMU an answer speaks for.
 *
 * Rules: docs/addressing.md §20.
 */
import type { Guest } from '../guest/guest.ts';
import { type Evidence, evidenceFor } from './known.ts';
import { formatVersion } from './version.ts';

export interface SpokenFor {
  /** `11.3.0`. */
  readonly libvirt: string;
  /** False where nobody named one, so that it is the newest that is known. */
  readonly said: boolean;
  /** `10.0`; undefined where the capabilities do not say. */
  readonly qemu: string | undefined;
  /** Whether a real daemon of that version was held against the rules, or it is not even among those that are known. */
  readonly evidence: Evidence;
}

export function spokenFor({ libvirt, libvirtSaid, capabilities }: Pick<Guest, 'libvirt' | 'libvirtSaid' | 'capabilities'>): SpokenFor {
  return { libvirt: formatVersion(libvirt), said: libvirtSaid, qemu: capabilities.qemuVersion, evidence: evidenceFor(libvirt) };
}
