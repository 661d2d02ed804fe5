/**
 * What a host can offer to something that gives functions to guests by itself (Nova, Proxmox): functions that may go, in the sets in which VFIO
 * gives them, and why others stay. What may go is judged elsewhere; here it is put together.
 */
import type { ErrorCode } from '../errors.ts';
import { formatPciAddress, samePciAddress, type PciAddress } from '../pci/address.ts';
import { type Refusal, refusalsToGive } from '../plan/assignable.ts';
import { isBehind, withGroupMates } from '../state/companions.ts';
import type { Judgment } from '../state/judge.ts';
import { isBridge, type NodeDevice } from '../state/node-device.ts';

/** Functions of one IOMMU group that may go: no two guests can have them. */
export interface Offer {
  /** All of them, in the machine's order. */
  readonly devices: readonly NodeDevice[];
  /** The one that is given where only one can be: the first that somebody names, else the first. */
  readonly chosen: Judgment;
}

export interface LeftOut {
  readonly address: string;
  readonly code: ErrorCode;
  /** What keeps it, to be read behind its address: `is in use: nvme0n1 → mounted on /`. */
  readonly why: string;
  readonly hint: string | undefined;
}

export interface Offers {
  readonly offers: readonly Offer[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * What of the host may be offered.
 *
 * @param named functions that somebody names: only their groups are offered, and only of them is told why they stay. Without, all are looked at,
 * but for bridges, of which nobody expects it.
 */
export function offersOf(judgments: readonly Judgment[], named: readonly PciAddress[]): Offers {
  const isNamed = ({ device }: Judgment): boolean => named.some((address) => samePciAddress(address, device.address));
  const looked = judgments.filter((judgment) => isNamed(judgment) || (named.length === 0 && !isBridge(judgment.device)));
  const groups = new Set(looked.map(({ device }) => device.iommuGroup));
  const sets = [...groups].flatMap((group) => {
    const members = looked.filter(({ device }) => device.iommuGroup === group);
    return group === undefined ? members.map((judgment) => [judgment]) : setsIn(members, judgments, named.length > 0);
  });
  const all = sets.map((members) => ({ members, leftOut: staying(members) }));
  return {
    offers: all.flatMap(({ members, leftOut }) => {
      const chosen = members.find(isNamed) ?? members[0];
      return leftOut.length > 0 || chosen === undefined ? [] : { devices: members.map(({ device }) => device), chosen };
    }),
    leftOut: all.flatMap(({ leftOut }) => leftOut),
  };
}

/** Of the functions of a group that are looked at those that go together, with whatever else goes with them; what another one makes goes away with it. */
function setsIn(looked: readonly Judgment[], judgments: readonly Judgment[], areNamed: boolean): Judgment[][] {
  const isMade = ({ device }: Judgment): boolean => !areNamed && looked.some((each) => isBehind(device, each.device));
  const going = looked.filter((judgment) => !isMade(judgment)).map(({ device }) => device);
  const together = new Set(withGroupMates({ functions: judgments.map(({ device }) => device) }, going));
  return [judgments.filter(({ device }) => together.has(device)), ...looked.filter(isMade).map((judgment) => [judgment])];
}

/** What is told of what is left out: where functions are named, only of them. */
export function toldOf(leftOut: readonly LeftOut[], named: readonly PciAddress[]): readonly LeftOut[] {
  return named.length === 0 ? leftOut : leftOut.filter(({ address }) => named.some((each) => formatPciAddress(each) === address));
}

/** Why functions stay that would have to go together; nothing when nothing speaks against it. */
function staying(members: readonly Judgment[]): LeftOut[] {
  const refusals = refusalsToGive(members);
  const [first] = refusals;
  if (first === undefined) return [];
  return members.map(({ device }) => {
    const address = formatPciAddress(device.address);
    const own = refusals.find(({ subject }) => subject === address);
    return own === undefined ? keptBy(address, first) : { address, code: own.code, why: own.what, hint: own.hint };
  });
}

function keptBy(address: string, { subject, code, what }: Refusal): LeftOut {
  return { address, code, why: `shares its IOMMU group with ${subject}, which ${what}`, hint: undefined };
}
