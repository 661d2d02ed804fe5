/** `hostdev check ADDRESS…`: the verdict on functions, with the evidence, and what must go with them. */
import type { Problem } from '../errors.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { missingCompanions, refusalsToGive, verdictWords } from '../plan/assignable.ts';
import { type Companion, withGroupMates } from '../state/companions.ts';
import type { Judgment } from '../state/judge.ts';
import { formatEvidence, type VerdictName } from '../state/verdict.ts';
import { judgmentsOf } from './assignable.ts';
import type { AppContext } from './context.ts';
import { refuseTwice } from './find.ts';
import { viewHost, viewing } from './host-view.ts';

/** One function's verdict, and what keeps it from being given away together with the others that were named. */
export interface CheckReport extends VerdictReport {
  /** The verdict in words: `free together with 0000:01:00.1 (audio device, snd_hda_intel)`. */
  readonly words: string;
  readonly problems: readonly Problem[];
}

export interface CheckOptions {
  /** Judge the rest of the IOMMU groups as well. */
  readonly group?: boolean | undefined;
}

/**
 * Whether these functions can be given away together: without problems exactly when `prepare` with the same words would do it and no guest holds
 * one of them.
 *
 * @throws {HostdevError} `function-unknown`, `address-twice`.
 */
export async function checkTogether(context: AppContext, addresses: readonly PciAddress[], options: CheckOptions = {}): Promise<CheckReport[]> {
  refuseTwice(addresses);
  const view = viewing(context);
  const named = await judgmentsOf(view, addresses);
  const { state } = await viewHost(view);
  const devices = named.map(({ device }) => device);
  const all = options.group === true ? withGroupMates(state, devices) : devices;
  const together = all.map(({ address }) => address);
  const chosen = await judgmentsOf(view, together);
  const refusals = refusalsToGive(chosen);
  return chosen.map((judgment) => {
    const report = reportOf(judgment);
    const problems = refusals.filter(({ subject }) => subject === report.address);
    return { ...report, words: verdictWords(judgment, missingCompanions(judgment, together)), problems };
  });
}

/** One function's verdict as `--json` prints it. */
export interface VerdictReport {
  readonly address: string;
  readonly verdict: VerdictName;
  /** Each reason as a chain, `nvme0n1p2 → mounted on /`. */
  readonly evidence: readonly string[];
  /** All that uses it or may use it, whatever the verdict. */
  readonly uses: readonly string[];
  /** The rest of its IOMMU group. */
  readonly companions: readonly CompanionReport[];
}

export interface CompanionReport {
  readonly address: string;
  readonly class: string;
  readonly driver: string | null;
  /** Whether the group stays with the host until it has gone too. */
  readonly mustGo: boolean;
  readonly uses: readonly string[];
}

/**
 * Judges the functions named, in that order; all of them when none is named.
 *
 * @throws {HostdevError} `function-unknown` for the first that is not there.
 */
export async function checkFunctions(context: AppContext, addresses: readonly PciAddress[]): Promise<VerdictReport[]> {
  if (addresses.length === 0) return (await viewHost(context)).judgments.map(reportOf);
  return (await judgmentsOf(context, addresses)).map(reportOf);
}

export function reportOf({ device, verdict, evidence, uses, companions }: Judgment): VerdictReport {
  return {
    address: formatPciAddress(device.address),
    verdict,
    evidence: evidence.map(formatEvidence),
    uses: uses.map(formatEvidence),
    companions: companions.map(reportCompanion),
  };
}

function reportCompanion({ address, className, driver, mustGo, uses }: Companion): CompanionReport {
  return { address: formatPciAddress(address), class: className, driver: driver ?? null, mustGo, uses: uses.map(formatEvidence) };
}
