/** Judgments for tests of plans: one function each, free and alone unless told otherwise. */
import { parsePciAddress } from '../src/pci/notation.ts';
import type { Companion } from '../src/state/companions.ts';
import type { Judgment } from '../src/state/judge.ts';
import type { NodeDevice } from '../src/state/node-device.ts';
import type { Evidence, VerdictName } from '../src/state/verdict.ts';

interface Told {
  readonly verdict?: VerdictName;
  readonly evidence?: readonly Evidence[];
  /** What the host does with it, where that is something else than the evidence. */
  readonly uses?: readonly Evidence[];
  readonly companions?: readonly Companion[];
  readonly device?: Partial<NodeDevice>;
}

/** `judged('0000:01:00.0', { verdict: 'in use', evidence: [on('sda', 'swap')] })` */
export function judged(address: string, { verdict = 'free', evidence = [], uses = evidence, companions = [], device = {} }: Told = {}): Judgment {
  const plain = { driver: 'igb', iommuGroup: 7, pciClass: 0x020000, sriov: undefined, physicalFunction: undefined, netdevs: [], zpci: undefined };
  return {
    device: { address: parsePciAddress(address), ...plain, ...device } as unknown as NodeDevice,
    ...{ verdict, evidence, uses, companions, obstacles: [], holders: [], unreadable: [] },
  } as unknown as Judgment;
}

/** Evidence of a disk: a chain that ends in a use. */
export const on = (...chain: string[]): Evidence => ({ kind: 'storage', chain });

/** Evidence that a guest holds it. */
export const heldBy = (guest: string, isNote = false): Evidence => ({ kind: 'guest', guest, chain: [`guest ${guest}`], ...(isNote ? { isNote } : {}) });

/** A mate of its IOMMU group. */
export const mate = (address: string, told: Partial<Companion> = {}): Companion => ({
  ...{ address: parsePciAddress(address), className: 'audio device', driver: 'snd_hda_intel', mustGo: true, isBridge: false, uses: [] },
  ...told,
});
