/** Ids of IBM Z that the guests of a host have, as it tells them: claims of others leave them alone. */
import { readDomain } from '../../domain/domain.ts';
import { zpciIdsOf } from '../../domain/zpci-ids.ts';
import { HostdevError } from '../../errors.ts';
import { formatFid, formatUid, ZPCI_RANGE } from '../../pci/zpci.ts';
import { GUEST_IDS_LIMIT } from './record-kinds.ts';
import type { GuestIds } from './records.ts';

/** Of definitions, and of what runs; the lowest where there are more than are told. A definition that cannot be read says none. */
export function guestIds(definitions: readonly string[]): GuestIds {
  const [uid, fid] = [new Set<number>(), new Set<number>()];
  for (const xml of definitions) {
    const ids = idsIn(xml);
    for (const id of ids?.uid ?? []) uid.add(id);
    for (const id of ids?.fid ?? []) fid.add(id);
  }
  return { uid: told('uid', uid).map(formatUid), fid: told('fid', fid).map(formatFid) };
}

function idsIn(xml: string): ReturnType<typeof zpciIdsOf> | undefined {
  try {
    return zpciIdsOf(readDomain(xml));
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return undefined;
  }
}

function told(kind: 'uid' | 'fid', ids: ReadonlySet<number>): number[] {
  const { min, max } = ZPCI_RANGE[kind];
  return [...ids]
    .filter((id) => Number.isInteger(id) && id >= min && id <= max)
    .toSorted((a, b) => a - b)
    .slice(0, GUEST_IDS_LIMIT);
}
