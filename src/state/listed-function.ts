/** A row of `hostdev list`: what a function is, what the kernel calls it, whether it can be given away, and what keeps it. */
import type { PciNames } from '../pci/names.ts';
import { type ClassWord, classWord } from './class-words.ts';
import { type FunctionSummary, summarize } from './function-summary.ts';
import type { HostState } from './host-state.ts';
import type { Judgment } from './judge.ts';
import { formatPciAddress } from '../pci/address.ts';
import { shortUses } from './short-use.ts';
import { disksOf } from './storage-uses.ts';
import { reportOf, type VerdictReport } from './verdict-report.ts';

export interface ListedFunction extends FunctionSummary, Pick<VerdictReport, 'verdict' | 'evidence' | 'companions'> {
  /** `gpu`, `nic`: what `--class` asks for. */
  readonly classWord: ClassWord;
  /** Network interfaces and whole disks that the kernel has made of it: `eth0`, `nvme0n1`. */
  readonly kernelNames: readonly string[];
  /** The evidence in few words: `/`, `default route`, `guest web`. */
  readonly why: readonly string[];
  /** The bridge or port that it is behind; null on a root bus, and where that is not known. */
  readonly behind: string | null;
  /** False when its config space reads as all ones. */
  readonly answers: boolean;
}

/**
 * The row of the function that a judgment is on.
 *
 * @example
 * ```ts
 * import { judge, listedFunction, pciNames } from 'hostdev';
 * import { readHostState } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const state = await readHostState(fakeKernel([{ address: '01:00.0', driver: 'igb', pciClass: 0x020000, iommuGroup: 7, netdev: 'eth0' }]));
 * const rows = judge(state).map((judgment) => listedFunction(judgment, state, pciNames(undefined)(judgment.device)));
 * console.log(rows.map(({ classWord, kernelNames, verdict }) => `${classWord} ${kernelNames[0]} ${verdict}`).join()); // → nic eth0 free
 * ```
 */
export function listedFunction(judgment: Judgment, { block }: Pick<HostState, 'block'>, names: PciNames): ListedFunction {
  const { device } = judgment;
  const { verdict, evidence, companions } = reportOf(judgment);
  return {
    ...summarize(device, names),
    verdict,
    evidence,
    companions,
    classWord: classWord(device.pciClass),
    kernelNames: [...device.netdevs, ...wholeDisks(disksOf(block, device.address))],
    why: shortUses(judgment.evidence),
    behind: device.bridge === undefined ? null : formatPciAddress(device.bridge),
    answers: device.answers,
  };
}

/** `nvme0n1`, not `nvme0n1p1`. */
function wholeDisks(names: readonly string[]): string[] {
  return names.filter((name) => !names.some((disk) => name.startsWith(disk) && /^p?\d+$/.test(name.slice(disk.length))));
}
