/** Everything that is known of one function, as `hostdev show` prints it. */
import { formatNodeDeviceName, formatPciAddress, samePciAddress } from '../pci/address.ts';
import type { PciNames } from '../pci/names.ts';
import { missingCompanions, verdictWords } from './companions.ts';
import { type FunctionSummary, hex, summarize } from './function-summary.ts';
import type { HostState } from './host-state.ts';
import type { Judgment } from './judge.ts';
import type { LinkFacts, ShownFacts } from './node-device.ts';
import { type CompanionReport, reportOf } from './verdict-report.ts';

/** What `hostdev show --json` prints: the row of `list`, and the rest. */
export interface FunctionDetails extends FunctionSummary {
  readonly verdict: string;
  /** The verdict as people read it, with the functions that must go along. */
  readonly words: string;
  readonly evidence: readonly string[];
  readonly companions: readonly CompanionReport[];
  readonly nodeDevice: string;
  readonly subsystem: string | null;
  readonly subsystemName: string | null;
  readonly revision: string | null;
  readonly headerType: 'endpoint' | 'pci-bridge' | 'cardbus-bridge' | 'unknown';
  readonly driverOverride: string | null;
  readonly groupMembers: readonly string[];
  readonly resetMethods: readonly string[];
  readonly numaNode: number | null;
  readonly bootVga: boolean;
  readonly netdevs: readonly string[];
  readonly sriov: { readonly totalVfs: number | null; readonly numVfs: number | null; readonly virtualFunctions: readonly string[] } | null;
  readonly link: { readonly speed: string | null; readonly width: string | null; readonly maxSpeed: string | null; readonly maxWidth: string | null } | null;
  readonly zpci: {
    readonly uidIsUnique: boolean | null;
    readonly pft: string | null;
    readonly vfn: number | null;
    readonly pfgid: string | null;
    readonly functionHandle: string | null;
  } | null;
}

const HEADER_TYPES = ['endpoint', 'pci-bridge', 'cardbus-bridge'] as const;

/** Tells all of the function that a judgment is on. */
export function detailsOf(judgment: Judgment, shown: ShownFacts, { functions }: Pick<HostState, 'functions'>, names: PciNames): FunctionDetails {
  const { device } = judgment;
  const { address } = device;
  const { verdict, evidence, companions } = reportOf(judgment);
  const words = verdictWords(judgment, missingCompanions(judgment, [address]));
  const members = functions.filter(({ iommuGroup }) => iommuGroup !== undefined && iommuGroup === device.iommuGroup).map((each) => each.address);
  const { zpci, sriov, subsystemVendor, subsystemDevice } = device;
  return {
    ...summarize(device, names),
    verdict,
    words,
    evidence,
    companions,
    nodeDevice: formatNodeDeviceName(address),
    subsystem: subsystemVendor === undefined || subsystemDevice === undefined ? null : `${hex(subsystemVendor, 4)}:${hex(subsystemDevice, 4)}`,
    subsystemName: names.subsystem ?? null,
    revision: shown.revision === undefined ? null : hex(shown.revision, 2),
    headerType: HEADER_TYPES[device.headerType ?? -1] ?? 'unknown',
    driverOverride: device.driverOverride ?? null,
    groupMembers: members.filter((member) => !samePciAddress(member, address)).map(formatPciAddress),
    resetMethods: device.resetMethods,
    numaNode: shown.numaNode ?? null,
    bootVga: device.bootVga,
    netdevs: device.netdevs,
    sriov:
      sriov === undefined
        ? null
        : { totalVfs: sriov.totalVfs ?? null, numVfs: sriov.numVfs ?? null, virtualFunctions: sriov.virtualFunctions.map(formatPciAddress) },
    link: shown.link === undefined ? null : linkOf(shown.link),
    zpci:
      zpci === undefined
        ? null
        : {
            uidIsUnique: zpci.uidIsUnique ?? null,
            pft: zpci.pft === undefined ? null : hex(zpci.pft, 2),
            vfn: zpci.vfn ?? null,
            pfgid: zpci.pfgid === undefined ? null : hex(zpci.pfgid, 2),
            functionHandle: zpci.functionHandle === undefined ? null : hex(zpci.functionHandle, 8),
          },
  };
}

function linkOf(link: LinkFacts): NonNullable<FunctionDetails['link']> {
  return { speed: link.speed ?? null, width: link.width ?? null, maxSpeed: link.maxSpeed ?? null, maxWidth: link.maxWidth ?? null };
}
