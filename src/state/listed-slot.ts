/** A row of `hostdev slot list`: the slot, and what its function is while that is configured. */
import type { PciNames } from '../pci/names.ts';
import { functionTypeWords } from '../pci/zpci-function-type.ts';
import { type ClassWord, classWord } from './class-words.ts';
import { hex } from './function-summary.ts';
import type { NodeDevice } from './node-device.ts';
import type { Slot } from './slot.ts';

export interface ListedSlot extends Slot {
  readonly pchid: string | null;
  readonly port: number | null;
  readonly pft: string | null;
  /** What pft says, in words: `RoCE Express2`. */
  readonly functionType: string | null;
  readonly classWord: ClassWord | null;
  readonly vendor: string | null;
  readonly vendorName: string | null;
  readonly device: string | null;
  readonly deviceName: string | null;
  /** False when its config space reads as all ones: then it is in error, and 'slot reset' may help. */
  readonly answers: boolean | null;
}

/** A slot with its function; without one everything of that is null. */
export function listedSlot(slot: Slot, device: NodeDevice | undefined, names: PciNames | undefined): ListedSlot {
  const zpci = device?.zpci;
  const number = (value: number | undefined, digits: number): string | null => (value === undefined ? null : hex(value, digits));
  return {
    ...slot,
    pchid: number(zpci?.pchid, 4),
    port: zpci?.port ?? null,
    pft: number(zpci?.pft, 2),
    functionType: zpci?.pft === undefined ? null : functionTypeWords(zpci.pft),
    classWord: device === undefined ? null : classWord(device.pciClass),
    vendor: number(device?.vendor, 4),
    vendorName: names?.vendor ?? null,
    device: number(device?.device, 4),
    deviceName: names?.device ?? null,
    answers: device?.answers ?? null,
  };
}
