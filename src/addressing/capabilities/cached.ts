/** What a libvirt found out about its QEMUs, out of the files in which it keeps that. */
import type { GuestQemu } from '../meant.ts';
import type { Capabilities } from './capabilities.ts';
import { readCapabilities } from './read.ts';

/** Capabilities of the QEMU that the definition names, else of the newest of its architecture. `caches` has the texts of the files by path. */
export function cachedCapabilities(caches: ReadonlyMap<string, string>, { arch, emulator }: GuestQemu): Capabilities | undefined {
  const found = [...caches].flatMap(([path, text]) => (ARCH.exec(text)?.[1] === arch ? (readQuietly(text, path) ?? []) : []));
  const named = found.find(({ capabilities }) => emulator !== undefined && capabilities.emulator === emulator);
  return (named ?? found.sort((a, b) => b.changed - a.changed)[0])?.capabilities;
}

/** Looked for before a file is read whole: there is one for each QEMU that libvirt knows. */
const ARCH = /<arch>([^<]*)</;

interface Cached {
  readonly capabilities: Capabilities;
  /** When that QEMU was installed. */
  readonly changed: number;
}

/** One damaged file of libvirt's cache says nothing about the others. */
function readQuietly(text: string, path: string): Cached | undefined {
  try {
    return { capabilities: readCapabilities(text, path), changed: Number(/<qemuctime>(\d+)</.exec(text)?.[1] ?? 0) };
  } catch {
    return undefined;
  }
}
