/** The one word that says what a function is, as people ask for it: in lists, and to choose by. Source: PCI Code and ID Assignment Specification, section 1. */

interface ClassRow {
  readonly word: string;
  readonly text: string;
  /** Base classes (two digits) and classes (four). */
  readonly codes: readonly number[];
}

/** The first row that has a function's class has its word; the other rows that have it can be asked for as well. */
const CLASSES = [
  { word: 'gpu', text: 'graphics', codes: [0x03] },
  { word: 'nvme', text: 'NVMe disks', codes: [0x0108] },
  { word: 'sata', text: 'SATA controllers', codes: [0x0105, 0x0106] },
  { word: 'storage', text: 'whatever has disks', codes: [0x01] },
  { word: 'wifi', text: 'wireless network, Bluetooth', codes: [0x0280, 0x0d] },
  { word: 'nic', text: 'network cards', codes: [0x02] },
  { word: 'audio', text: 'sound', codes: [0x0401, 0x0403] },
  { word: 'media', text: 'sound and video', codes: [0x04] },
  { word: 'usb', text: 'USB controllers', codes: [0x0c03] },
  { word: 'smbus', text: 'SMBus', codes: [0x0c05] },
  { word: 'serial', text: 'serial ports and buses', codes: [0x07, 0x0c] },
  { word: 'accel', text: 'processing accelerators', codes: [0x12, 0x0b] },
  { word: 'crypto', text: 'encryption', codes: [0x10] },
  { word: 'bridge', text: 'bridges and ports', codes: [0x06] },
  { word: 'memory', text: 'memory controllers', codes: [0x05] },
  { word: 'system', text: 'parts of the board', codes: [0x08, 0x11] },
] as const satisfies readonly ClassRow[];

/** Whatever has none of the words: ISM of IBM Z among them. */
const OTHER = { word: 'other', text: 'everything else' } as const;

export type ClassWord = (typeof CLASSES)[number]['word'] | typeof OTHER.word;

/** Every word, with what it means. */
export const CLASS_WORDS: readonly { readonly word: ClassWord; readonly text: string }[] = [...CLASSES, OTHER].map(({ word, text }) => ({ word, text }));

/**
 * The word of a class code of 24 bits.
 *
 * @example
 * ```ts
 * import { classWord } from 'hostdev';
 * console.log(classWord(0x010802), classWord(0x030000)); // → nvme gpu
 * ```
 */
export function classWord(pciClass: number): ClassWord {
  return CLASSES.find((row) => covers(row, pciClass))?.word ?? OTHER.word;
}

/** Whether a class is among those that a word asks for: an NVMe disk is `nvme` and `storage`. */
export function isOfClass(pciClass: number, word: ClassWord): boolean {
  if (word === OTHER.word) return classWord(pciClass) === OTHER.word;
  return CLASSES.some((row) => row.word === word && covers(row, pciClass));
}

/** Undefined for what is no word of the table. */
export function parseClassWord(text: string): ClassWord | undefined {
  return CLASS_WORDS.find(({ word }) => word === text.trim().toLowerCase())?.word;
}

function covers({ codes }: ClassRow, pciClass: number): boolean {
  return codes.includes(pciClass >> 16) || codes.includes(pciClass >> 8);
}
