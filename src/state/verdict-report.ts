/** A judgment as `--json` prints it. */
import { formatPciAddress } from '../pci/address.ts';
import type { Companion } from './companions.ts';
import type { Judgment } from './judge.ts';
import { formatEvidence, type VerdictName } from './verdict.ts';

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
