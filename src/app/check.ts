/** `hostdev check ADDRESS…`: the verdict on functions, with the evidence, and what must go with them. */
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { Companion } from '../state/companions.ts';
import type { Judgment } from '../state/judge.ts';
import { formatEvidence, type VerdictName } from '../state/verdict.ts';
import { judgmentsOf } from './assignable.ts';
import type { AppContext } from './context.ts';
import { viewHost } from './host-view.ts';

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
