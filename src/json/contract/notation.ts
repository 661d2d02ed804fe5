/** Names that mean the same in the JSON of every command, in the field's notation. */
import { FLEET_NAME } from '../../fleet/model/keys.ts';
import { formatFid, formatUid } from '../../pci/zpci.ts';
import { flag, list, type Of, orNull, record, text, word, written } from './shape.ts';

const ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/;

export const hostAddress = written(ADDRESS, 'a PCI function of the host, as lspci -D writes it: 0002:00:00.0');
export const guestAddress = written(/^0000:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/, 'where a device is in the guest: 0000:01:00.0');
export const uid = written(/^0x[0-9a-f]{4}$/, 'zPCI user-defined id: 0x0021');
export const fid = written(/^0x[0-9a-f]{8}$/, 'zPCI function id: 0x00000100');
export const pchid = written(/^0x[0-9a-f]{4}$/, 'physical channel id: 0x0128');
export const time = written(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/, 'ISO 8601 with zone');
/** Signs between its bytes as somebody may write them; which addresses there may be is checked by whoever takes one. */
export const macAddress = (description: string) => written(/^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$/, description);
/** Of a host or a mapping. */
export const fleetName = (description: string) => written(FLEET_NAME, description);
export const driver = orNull(text('name of the driver; null where none has it'));

/** Which libvirt and QEMU an answer is for. */
export const VERSIONS = record({
  libvirt: text('11.3.0'),
  said: flag('false where nobody named one, so that it is the newest that is known'),
  qemu: orNull(text('10.0')),
  evidence: word(['measured', 'table', 'outside'], 'measured: a real daemon was held against the rules; outside: older or newer than what is known'),
});
export type Versions = Of<typeof VERSIONS>;

/** Ids that a device may have: what has none, has null. */
export function zpciIds(ids: { readonly uid?: number | null | undefined; readonly fid?: number | null | undefined } | undefined): {
  readonly uid: string | null;
  readonly fid: string | null;
} {
  return {
    uid: ids?.uid === undefined || ids.uid === null ? null : formatUid(ids.uid),
    fid: ids?.fid === undefined || ids.fid === null ? null : formatFid(ids.fid),
  };
}

export const evidenceLines = list(text('a chain, as nvme0n1p2 → mounted on /'));
