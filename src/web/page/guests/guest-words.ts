/** What the list says of a guest. */
import type { WholeState } from '../../../server/api/state.ts';
import type { GuestDetails } from '../connection/api.ts';
import { shortId } from '../host/words.ts';
import type { PlaceInGuest } from './compare.ts';

export type Guest = WholeState['guests'][number];

/** What happens at the next start of the host, where something may go wrong then; null where there is nothing to say. */
export function autostartWords({ autostart, functions, problems }: Guest): string {
  if (!autostart) return 'no';
  const kept = functions.filter(({ config }) => config).length;
  if (kept === 0) return 'yes';
  return problems.length === 0 ? `yes, with ${kept} of the host` : `yes, with ${kept} of the host: at risk`;
}

/** @example placeWords({ guestAddress: '0000:00:01.0', uid: '0x0021', … }) → '00:01.0 uid 0x21' */
export function placeWords(place: PlaceInGuest | null): string {
  if (place === null) return 'not there';
  const { guestAddress, uid, fid } = place;
  return [guestAddress.replace(/^0000:/, ''), uid === null ? '' : `uid ${shortId(uid)}`, fid === null ? '' : `fid ${shortId(fid)}`].filter(Boolean).join(' ');
}

/** Free places for hot-plug, now and after the next start; null where they are not known. */
export function portsWords({ ports }: GuestDetails): string {
  if (ports === null) return 'not known';
  const now = ports.freeLive === null ? null : `${ports.freeLive} now`;
  const later = ports.freeConfig === null ? null : `${ports.freeConfig} after the next start`;
  return [now, later].filter(Boolean).join(', ') || 'it has no root ports to count';
}

export function migrationWords({ migration }: GuestDetails): string {
  if (migration === null) return 'not known';
  if (!migration.blocked) return migration.findings.length === 0 ? 'nothing is in its way' : 'possible';
  return `blocked by ${migration.findings
    .filter(({ effect }) => effect === 'blocks')
    .map(({ device }) => device)
    .join(', ')}`;
}
