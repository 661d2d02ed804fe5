/** Functions of a host as it tells its fleet of them: what it has judged, in few words. */
import { formatPciAddress } from '../../pci/address.ts';
import { definedUid, formatFid, formatUid } from '../../pci/zpci.ts';
import { hex } from '../../state/function-summary.ts';
import type { Judgment } from '../../state/judge.ts';
import { isBridge } from '../../state/node-device.ts';
import { formatEvidence } from '../../state/verdict.ts';
import { functionKeys, type HostIdentity } from './function-keys.ts';
import type { PublishedFunction } from './records.ts';

/** What of a function is only told: nothing is judged by it. */
export interface ToldFacts {
  /** `formatFingerprint`. */
  readonly fingerprint: string;
  readonly numaNode: number | null;
  /** Somebody has said which one. */
  readonly physicalNetwork: string | null;
}

/** A function that a fleet's readers look at has some reasons; who needs more of them asks the host. */
const EVIDENCE_LIMIT = 8;
const EVIDENCE_LENGTH = 300;

/** All but bridges, which nobody can have. `told` has facts by address. */
export function publishedFunctions(judgments: readonly Judgment[], identity: HostIdentity, told: ReadonlyMap<string, ToldFacts>): PublishedFunction[] {
  const keys = functionKeys(
    judgments.map(({ device }) => device),
    identity,
  );
  const keyOf = (address: Judgment['device']['address']): string | readonly string[] => keys.get(formatPciAddress(address)) ?? [];
  return judgments
    .filter(({ device }) => !isBridge(device))
    .map((judgment): PublishedFunction => {
      const { device } = judgment;
      const uid = definedUid(device.zpci?.uid);
      const address = formatPciAddress(device.address);
      const { fingerprint = '', numaNode = null, physicalNetwork = null } = told.get(address) ?? {};
      return {
        ...{ key: keys.get(address) ?? address, address, fingerprint, numaNode },
        ...{ class: hex(device.pciClass, 6), vendor: hex(device.vendor, 4), device: hex(device.device, 4) },
        ...{ verdict: judgment.verdict, evidence: shortEvidence(judgment) },
        ...{ driver: device.driver ?? null, iommuGroup: device.iommuGroup ?? null },
        // A group belongs to one guest as a whole, whatever driver its members have now.
        companions: judgment.companions.filter(({ isBridge: stays }) => !stays).flatMap((mate) => keyOf(mate.address)),
        physicalFunction: device.physicalFunction === undefined ? null : (keys.get(formatPciAddress(device.physicalFunction)) ?? null),
        uid: uid === undefined ? null : formatUid(uid),
        fid: device.zpci?.fid === undefined ? null : formatFid(device.zpci.fid),
        physicalNetwork,
        heldBy: [...new Set(judgment.holders.flatMap(({ guest }) => guest ?? []))],
      };
    });
}

function shortEvidence({ evidence }: Pick<Judgment, 'evidence'>): string[] {
  const lines = evidence.map(formatEvidence).map((line) => (line.length > EVIDENCE_LENGTH ? `${line.slice(0, EVIDENCE_LENGTH)}…` : line));
  return lines.length <= EVIDENCE_LIMIT ? lines : [...lines.slice(0, EVIDENCE_LIMIT), `${lines.length - EVIDENCE_LIMIT} more`];
}
