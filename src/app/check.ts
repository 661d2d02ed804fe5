/** `hostdev check ADDRESS…`: the verdict on functions, with the evidence. */
import { readInventory } from '../host/inventory.ts';
import { judgeAll } from '../host/usage/judge.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { formatEvidence, type Verdict } from '../state/verdict.ts';
import type { AppContext } from './context.ts';
import { requireFunction } from './find.ts';
import { readGuestClaims } from './running-guests.ts';

/** One function's verdict as `--json` prints it. */
export interface VerdictReport {
  readonly address: string;
  readonly verdict: Verdict['verdict'];
  /** Each reason as a chain, `nvme0n1p2 → mounted on /`. */
  readonly evidence: readonly string[];
  /** All that uses it or may use it, whatever the verdict. */
  readonly uses: readonly string[];
}

/** Judges the functions named, in that order; all of them when none is named. */
export async function checkFunctions(context: AppContext, addresses: readonly PciAddress[]): Promise<VerdictReport[]> {
  for (const address of addresses) await requireFunction(context.port, address);
  const all = await readInventory(context.port);
  const verdicts = await judgeAll(context.port, all, await readGuestClaims(context.port));
  const reports = all.map((device, i) => toReport(device.address, verdicts[i]));
  if (addresses.length === 0) return reports;
  return addresses.flatMap((address) => reports[all.findIndex((device) => samePciAddress(device.address, address))] ?? []);
}

function toReport(address: PciAddress, verdict: Verdict | undefined): VerdictReport {
  return {
    address: formatPciAddress(address),
    verdict: verdict?.verdict ?? 'unknown',
    evidence: (verdict?.evidence ?? []).map(formatEvidence),
    uses: (verdict?.uses ?? []).map(formatEvidence),
  };
}
