/** What each kind of record has to have to be read here: every length and count has a limit. */
import { VERDICTS } from '../../state/verdict.ts';
import { KEY_LIMIT } from '../store/store.ts';
import { type FieldCheck, fields, flag, listOf, nullOr, oneOf, text, whole, written } from './record-fields.ts';
import { CLAIM_STATES, type Claim, type ClaimRequest, type HostRecord, type Mapping, type MappingMatch, type Reservation } from './records.ts';

/** A kind of record, by the name that people read. */
export interface RecordKind<R> {
  readonly name: string;
  readonly check: FieldCheck;
  /** Never there: it only carries the type. */
  readonly type?: R;
}

/** Names, words, addresses. */
const WORD = text(256);
/** Texts for people. */
const PROSE = text(4096);
const KEY = text(KEY_LIMIT);

/** More than any host has functions. */
const FUNCTIONS_LIMIT = 16_384;
/** More than an IOMMU group has, or a transaction takes. */
const TOGETHER_LIMIT = 128;
export const MATCHES_LIMIT = 64;

const UID = written(/^0x(?!0000)[0-9a-f]{4}$/, 'uid');
const FID = written(/^0x[0-9a-f]{8}$/, 'fid');
/** More than the guests of a host have. */
export const GUEST_IDS_LIMIT = 4096;

export const CLAIM: RecordKind<Claim> = {
  name: 'claim',
  check: fields(
    {
      ...{ request: WORD, function: KEY, host: WORD, guest: WORD, state: oneOf(CLAIM_STATES), mapping: nullOr(WORD) },
      ...{ together: listOf(KEY, TOGETHER_LIMIT), fingerprint: PROSE, by: WORD, at: WORD, until: nullOr(WORD), why: nullOr(PROSE) },
    },
    { zpci: fields({ uid: UID, fid: FID }) },
  ),
};

export const RESERVATION: RecordKind<Reservation> = {
  name: 'reservation of an id',
  check: fields({ function: KEY, request: WORD, host: WORD, guest: WORD }),
};

export const REQUEST: RecordKind<ClaimRequest> = {
  name: 'request',
  check: fields({ request: WORD, what: PROSE, guest: WORD, by: WORD, at: WORD }),
};

const MATCH = {
  ...{ ids: WORD, subsystem: WORD, class: WORD, host: WORD, numaNode: whole, physicalFunction: KEY, physicalNetwork: WORD, fingerprint: PROSE },
} as const satisfies Record<keyof MappingMatch, FieldCheck>;

export const MAPPING: RecordKind<Mapping> = {
  name: 'mapping',
  check: fields({ name: WORD, match: listOf(fields({}, MATCH), MATCHES_LIMIT), wholeGroup: flag, description: nullOr(PROSE) }, { migratable: flag }),
};

const FUNCTION = fields({
  ...{ key: KEY, address: WORD, class: WORD, vendor: WORD, device: WORD, fingerprint: PROSE, verdict: oneOf(VERDICTS) },
  ...{ evidence: listOf(PROSE, 1024), driver: nullOr(WORD), iommuGroup: nullOr(whole), numaNode: nullOr(whole) },
  ...{ companions: listOf(KEY, FUNCTIONS_LIMIT), physicalFunction: nullOr(KEY), uid: nullOr(WORD), fid: nullOr(WORD) },
  ...{ physicalNetwork: nullOr(WORD), heldBy: listOf(WORD, 1024) },
});

export const HOST: RecordKind<HostRecord> = {
  name: 'record of a host',
  check: fields(
    {
      ...{ host: WORD, uuid: WORD, bootId: WORD, sequence: whole, hostdev: WORD, at: WORD, architecture: WORD },
      ...{ libvirt: nullOr(WORD), qemu: nullOr(WORD), memoryKib: nullOr(whole), problems: listOf(PROSE, 256) },
      functions: listOf(FUNCTION, FUNCTIONS_LIMIT),
    },
    { guestIds: fields({ uid: listOf(UID, GUEST_IDS_LIMIT), fid: listOf(FID, GUEST_IDS_LIMIT) }) },
  ),
};
