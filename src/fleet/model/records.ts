/** What is kept under a fleet's keys: JSON, each with its version. What a newer hostdev added is kept when an older one writes a record back. */
import type { VerdictName } from '../../state/verdict.ts';

/** One function of a host as the fleet sees it: what its host judged, never judged anew elsewhere. */
export interface PublishedFunction {
  /** Its claim's key without the prefix: `formatFunctionKey`. */
  readonly key: string;
  /** `0000:3b:00.0` */
  readonly address: string;
  /** `0x020000` */
  readonly class: string;
  /** `0x8086` */
  readonly vendor: string;
  readonly device: string;
  /** `formatFingerprint`: what tells this card from another after the bus was numbered anew. */
  readonly fingerprint: string;
  readonly verdict: VerdictName;
  /** `formatEvidence` of each reason. */
  readonly evidence: readonly string[];
  readonly driver: string | null;
  readonly iommuGroup: number | null;
  readonly numaNode: number | null;
  /** Function keys of the rest of its group that must go with it: claimed together or not at all. */
  readonly companions: readonly string[];
  /** Of a virtual function: the key of the physical one. */
  readonly physicalFunction: string | null;
  /** IBM Z. */
  readonly uid: string | null;
  readonly fid: string | null;
  readonly physicalNetwork: string | null;
  /** Guests that hold it now, by name. */
  readonly heldBy: readonly string[];
}

/** `hosts/<host>/inventory` (gzip of JSON). */
export interface HostRecord {
  readonly version: 1;
  readonly host: string;
  /** The machine's own id: two hosts under one name are seen. */
  readonly uuid: string;
  readonly bootId: string;
  /** Grows with each publication of one boot. */
  readonly sequence: number;
  /** Version of the hostdev that wrote it. */
  readonly hostdev: string;
  /** Text for people: no decision uses a clock. */
  readonly at: string;
  readonly architecture: string;
  /** Versions of its libvirt and QEMU, null where none answers. */
  readonly libvirt: string | null;
  readonly qemu: string | null;
  /** Kilobytes of memory that a guest of it can have locked at most; null: not known. */
  readonly memoryKib: number | null;
  /** What keeps this host from giving anything at all: `check`'s words. */
  readonly problems: readonly string[];
  readonly functions: readonly PublishedFunction[];
  /** IBM Z: ids that its guests have, in what runs and in definitions, whoever gave them. Missing elsewhere, and where libvirt has never answered. */
  readonly guestIds?: GuestIds;
}

/** As `formatUid` and `formatFid` write them. */
export interface GuestIds {
  readonly uid: readonly string[];
  readonly fid: readonly string[];
}

/** Where a claim is on its way. `lost`: what it was for is gone from the host; `stuck`: the host could neither do nor undo. */
export const CLAIM_STATES = ['claimed', 'attaching', 'attached', 'releasing', 'lost', 'stuck'] as const;
export type ClaimState = (typeof CLAIM_STATES)[number];

/** As `formatUid` and `formatFid` write them. */
export interface ReservedIds {
  readonly uid: string;
  readonly fid: string;
}

/** `zpci/uid/<uid>` and `zpci/fid/<fid>`: whose claim an id is kept by. It comes with the claim, and goes with it. */
export interface Reservation {
  readonly version: 1;
  readonly function: string;
  readonly request: string;
  readonly host: string;
  readonly guest: string;
}

/** `claims/<function key>`. Its entry's `created` is the fencing token. */
export interface Claim {
  readonly version: 1;
  /** The uuid of what was asked for: claims of one request are of one transaction. */
  readonly request: string;
  readonly function: string;
  /** The host that is to attach it: of one key of IBM Z's machine several may. */
  readonly host: string;
  readonly guest: string;
  readonly state: ClaimState;
  readonly mapping: string | null;
  /** Function keys that were claimed with it. */
  readonly together: readonly string[];
  readonly fingerprint: string;
  /** Who asked: name of the certificate, or user and host. */
  readonly by: string;
  readonly at: string;
  /** A reminder for people: no clock ends a claim. */
  readonly until: string | null;
  /** Of a function of IBM Z: what is kept for it as long as it is claimed. Missing where it was claimed by an older hostdev, or past the fleet. */
  readonly zpci?: ReservedIds;
  /** Of `lost` and `stuck`: why; of a claim that a host made itself for what ran already: `foreign`. */
  readonly why: string | null;
}

/** `requests/<uuid>`: what was asked for. Whoever gives up deletes it first, so that a late claim fails. */
export interface ClaimRequest {
  readonly version: 1;
  readonly request: string;
  readonly what: string;
  readonly guest: string;
  readonly by: string;
  readonly at: string;
}

/** What a function must be to be one of a mapping; all that is named must hold. */
export interface MappingMatch {
  /** `10de:2236`: vendor and device, the device may be `*`. */
  readonly ids?: string;
  readonly subsystem?: string;
  /** `0302` or `display`: as `list --class` reads it. */
  readonly class?: string;
  readonly host?: string;
  readonly numaNode?: number;
  /** Function key of a physical function, or the name of the network it is on. */
  readonly physicalFunction?: string;
  readonly physicalNetwork?: string;
  /** Facts that `formatFingerprint` writes, all of which must be there. */
  readonly fingerprint?: string;
}

/** `mappings/<name>`: functions that are as good as each other for a guest. */
export interface Mapping {
  readonly version: 1;
  readonly name: string;
  /** Any of them. */
  readonly match: readonly MappingMatch[];
  /** Whether the rest of the group goes with it, or a group of several makes it unusable. */
  readonly wholeGroup: boolean;
  /** Somebody says that the state of its functions can be moved to another host; nobody has said so when missing. */
  readonly migratable?: boolean;
  readonly description: string | null;
}
