/** Where each device of a guest is, and who decided, as a table for people. */
import { formatFid, formatUid } from '../pci/zpci.ts';
import type { Placement } from './report.ts';

export interface Explained {
  readonly header: readonly string[];
  /** One a placement, in that order. */
  readonly rows: readonly (readonly string[])[];
}

/** Columns of zPCI ids are there where a device has any. */
export function explainedRows(placements: readonly Placement[]): Explained {
  const zpci = placements.some((placement) => placement.zpci !== undefined);
  return {
    header: ['DEVICE', 'ADDRESS', ...(zpci ? ['UID', 'FID'] : []), 'WHY'],
    rows: placements.map((p) => [
      p.controller === undefined ? p.name : `${p.name} (${p.controller.model ?? '?'})`,
      p.address ?? '-',
      ...(zpci ? [p.zpci?.uid === undefined ? '-' : formatUid(p.zpci.uid), p.zpci?.fid === undefined ? '-' : formatFid(p.zpci.fid)] : []),
      why(p),
    ]),
  };
}

/** Who decided, in an administrator's words. */
function why(p: Placement): string {
  const parts: string[] = [];
  if (p.added !== undefined) parts.push(`added: ${p.added}`);
  if (p.reason?.by === 'definition') parts.push('address: you');
  else if (p.reason !== undefined) parts.push(`address: ${p.reason.rule}`);
  if (p.zpciReason !== undefined) parts.push(...zpciWhy(p.zpciReason));
  return parts.join('; ');
}

const ZPCI_WORDS = { definition: 'you', 'lowest-free': 'lowest free', completed: 'lowest free when its other half was read' } as const;

function zpciWhy({ uid, fid }: NonNullable<Placement['zpciReason']>): string[] {
  if (uid !== undefined && uid === fid) return [`uid and fid: ${ZPCI_WORDS[uid]}`];
  return [...(uid === undefined ? [] : [`uid: ${ZPCI_WORDS[uid]}`]), ...(fid === undefined ? [] : [`fid: ${ZPCI_WORDS[fid]}`])];
}
