/** What keeps functions from being given away, as problems: the same codes, evidence and words for every face. */
import type { ErrorCode, Problem } from '../errors.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { type Companion, formatCompanion, missingCompanions } from '../state/companions.ts';
import type { Judgment } from '../state/judge.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { type Evidence, formatEvidence } from '../state/verdict.ts';

/** A refusal of one function, with the chains that speak against it. */
export interface Refusal extends Problem {
  readonly code: RefusalCode;
  readonly subject: string;
  /** The message without its subject: `is in use: nvme0n1p2 → mounted on /`. */
  readonly what: string;
  readonly evidence: readonly string[];
  /** The guests that hold it, as far as they say their name. */
  readonly guests: readonly string[];
  /** That nothing but libvirt's own notes speaks for it, which may be older than the truth. */
  readonly isNote: boolean;
}

type RefusalCode = Extract<ErrorCode, 'function-not-assignable' | 'group-incomplete' | 'function-held' | 'function-in-use'>;

/** What refusing needs of a judgment. */
export type Judged = Pick<Judgment, 'verdict' | 'evidence' | 'companions'> & {
  /** Lists of other hosts do not tell the class. */
  readonly device: Pick<NodeDevice, 'address' | 'iommuGroup'> & Partial<Pick<NodeDevice, 'pciClass'>>;
};

/** A guest that shall have more. */
export interface Recipient {
  /** As its process is called; undefined for one without name. */
  readonly name: string | undefined;
  /** Functions that it has while it runs. */
  readonly has: readonly PciAddress[];
}

/** In this order they are told: what can never be comes before what somebody would have to do first. */
const ORDER: readonly RefusalCode[] = ['function-not-assignable', 'group-incomplete', 'function-held', 'function-in-use'];

/**
 * Everything that speaks against giving these functions away together; empty when nothing does.
 *
 * @param chosen judgments on the functions that would be given, all of them at once
 * @param others functions that go with them but are not judged: the guest has them already
 * @param to the guest that they would be given to while it runs: what it holds itself is no reason against it
 * @example
 * ```ts
 * import { judge, refusalsToGive } from 'hostdev';
 * import { readHostState } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const state = await readHostState(fakeKernel([{ address: '01:00.0', driver: 'nvme', iommuGroup: 7 }, { address: '01:00.1', driver: 'nvme', iommuGroup: 7 }]));
 * console.log(refusalsToGive(judge(state).slice(0, 1)).map(({ code }) => code).join(' ')); // → group-incomplete
 * console.log(refusalsToGive(judge(state)).length); // → 0
 * ```
 */
export function refusalsToGive(chosen: readonly Judged[], others: readonly PciAddress[] = [], to?: Recipient): Refusal[] {
  const together = [...chosen.map(({ device }) => device.address), ...others];
  const all = chosen.flatMap((judgment) => refusalsOf(judgment, missingCompanions(judgment, together)));
  const ofOthers = all.filter((refusal) => refusal.code !== 'function-held' || !isRestOfItsGroup(chosen, refusal, to));
  return ofOthers.sort((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code));
}

/** vfio gives a group to one process: the guest that has a mate of a function is the one that holds the function with it. */
function isRestOfItsGroup(chosen: readonly Judged[], refusal: Refusal, to: Recipient | undefined): boolean {
  const held = chosen.find(({ device }) => formatPciAddress(device.address) === refusal.subject);
  if (held === undefined || to === undefined) return false;
  const hasMate = held.companions.some(({ address }) => to.has.some((each) => samePciAddress(each, address)));
  return hasMate && held.evidence.every(({ guest, isNote }) => guest === to.name && isNote !== true);
}

function refusalsOf(judgment: Judged, missing: readonly Companion[]): Refusal[] {
  const own = verdictRefusal(judgment);
  if (own?.code === 'function-not-assignable' || missing.length === 0) return own === undefined ? [] : [own];
  return own === undefined ? [groupIncomplete(judgment, missing)] : [groupIncomplete(judgment, missing), own];
}

/** vfio gives a group to a guest as a whole: nothing in it may stay with a host driver. */
function groupIncomplete({ device }: Judged, missing: readonly Companion[]): Refusal {
  const uses = missing.flatMap((mate) => mate.uses.map((use) => `${formatPciAddress(mate.address)} → ${formatEvidence(use)}`));
  return refusal('group-incomplete', device, {
    what: `shares IOMMU group ${device.iommuGroup} with ${missing.map(formatCompanion).join(', ')}`,
    hint: 'a group goes to vfio as a whole; add --group to take all of it, if the host can do without',
    evidence: uses,
    guests: [],
    isNote: false,
  });
}

function verdictRefusal({ device, verdict, evidence }: Judged): Refusal | undefined {
  if (verdict === 'free') return undefined;
  const code = verdict === 'not assignable' ? 'function-not-assignable' : verdict === 'held' ? 'function-held' : 'function-in-use';
  const lines = evidence.map(formatEvidence);
  return refusal(code, device, {
    what: `is ${verdict}: ${lines.join('; ')}`,
    hint: hintFor(code, { verdict, evidence, device }),
    evidence: lines,
    guests: evidence.flatMap(({ guest }) => guest ?? []),
    isNote: evidence.length > 0 && evidence.every((each) => each.isNote === true),
  });
}

function refusal(
  code: RefusalCode,
  { address }: Judged['device'],
  words: Pick<Refusal, 'what' | 'evidence' | 'guests' | 'isNote'> & { readonly hint: string },
): Refusal {
  const subject = formatPciAddress(address);
  return { code, severity: 'error', subject, message: `${subject} ${words.what}`, ...words };
}

function hintFor(code: RefusalCode, { verdict, evidence, device }: Omit<Judged, 'companions'>): string {
  if (code === 'function-held') return 'detach it from the guest or stop the guest first; --wait waits for that';
  if (code === 'function-not-assignable') return hintForObstacle(evidence[0]);
  if (verdict === 'unknown') return 'make sure that it is not used, then add --force';
  if (evidence.every(({ kind }) => kind === 'sriov')) {
    return `remove its VFs first: 'hostdev vf remove ${formatPciAddress(device.address)}'; --force takes it all the same, and they are lost`;
  }
  const { pciClass } = device;
  if (pciClass !== undefined && evidence.every(({ kind }) => kind === 'console'))
    return `${consoleHint(pciClass)}; --force takes it all the same, and the console is lost`;
  return 'stop using it first; --force takes it all the same, and what is named here is lost';
}

/** Display controllers have base class 3 (PCI Code and ID Assignment); the kernel's arguments: its page kernel-parameters. */
function consoleHint(pciClass: number): string {
  return pciClass >> 16 === 0x03
    ? 'make another graphics card the first one in the firmware, or keep the console off this one (kernel argument video=efifb:off, and no host driver for it)'
    : "give the kernel another console first (its argument console=…, and no getty on this one: 'systemctl stop serial-getty@…')";
}

function hintForObstacle(evidence: Evidence | undefined): string {
  if (evidence?.kind === 'dead') return 'switch the machine off and on; a function that never answers has a hardware fault';
  if (evidence?.kind === 'group') return 'if the host can do without that driver, unbind it by hand';
  if (evidence?.kind === 'bridge') return 'name the functions behind it instead';
  if (evidence?.kind === 'VMD') return 'name the controller, or switch VMD off in the firmware';
  return "switch the IOMMU on (firmware, and intel_iommu=on on the kernel command line of Intel hosts); 'hostdev check' says what is missing";
}
