/** A change of a guest as it is shown before it is made. */
import type { GuestAddress } from '../../domain/guest-address.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { formatFid, formatUid } from '../../pci/zpci.ts';

/** One step and what undoes it, in words. */
export interface GuestStep {
  readonly on: 'host' | 'guest' | 'definition';
  readonly what: string;
  readonly undo: string | null;
}

/** One function of a plan. */
export interface FunctionPlan {
  /** On the host; for a function from a pool the name of the pool. */
  readonly address: string;
  /** In the guest, `0000:00:01.0`; null where libvirt chooses it later. */
  readonly guestAddress: string | null;
  readonly uid: number | null;
  readonly fid: number | null;
  readonly live: boolean;
  readonly config: boolean;
}

/** Where a device sits in the guest, as a plan shows it. */
export function placeOf(at: Pick<GuestAddress, 'pci' | 'zpci'> | undefined): Pick<FunctionPlan, 'guestAddress' | 'uid' | 'fid'> {
  return { guestAddress: at?.pci === undefined ? null : formatPciAddress(at.pci), uid: at?.zpci.uid ?? null, fid: at?.zpci.fid ?? null };
}

/** The same in words; empty where the place is not known yet. Ids are named only where there are any: unset is not 0. */
export function placeWords({ guestAddress, uid, fid }: Pick<FunctionPlan, 'guestAddress' | 'uid' | 'fid'>): string {
  if (guestAddress === null) return '';
  return ` as ${guestAddress}${uid === null || fid === null ? '' : `, uid ${formatUid(uid)}, fid ${formatFid(fid)}`}`;
}

export interface GuestPlan {
  readonly verb: 'attach' | 'detach' | 'swap';
  readonly guest: string;
  readonly uuid: string | null;
  readonly state: string;
  readonly functions: readonly FunctionPlan[];
  readonly steps: readonly GuestStep[];
  /** What there is to know before one agrees. */
  readonly notes: readonly Problem[];
}

/** What became of a plan. */
export interface GuestReport extends GuestPlan {
  readonly applied: boolean;
}

/** Shows a plan and asks; false when nobody agrees. */
export type Agree = (plan: GuestPlan) => Promise<boolean>;

/** @throws {HostdevError} `change-unconfirmed`. */
export async function requireAgreement(plan: GuestPlan, agree: Agree | undefined): Promise<void> {
  if (agree === undefined || (await agree(plan))) return;
  throw new HostdevError('change-unconfirmed', `nobody agreed to this ${plan.verb}; nothing was changed`, {
    subject: plan.guest,
    hint: 'look at the plan, then add --yes; --dry-run shows it without a question',
  });
}

/**
 * What of a plan has to be as it was when the plan was shown.
 *
 * @throws {HostdevError} `guest-changed`.
 */
export function requireUnchanged({ guest }: GuestPlan, shown: unknown, now: unknown): void {
  if (JSON.stringify(now) === JSON.stringify(shown)) return;
  throw new HostdevError('guest-changed', `${guest} or the host has changed since the plan was shown; nothing was attached`, {
    subject: guest,
    hint: 'run the command again to see the new plan',
  });
}

/** `live`, `definition`, or both, in words. */
export function scopeWords({ live, config }: { readonly live: boolean; readonly config: boolean }): string {
  return live && config ? 'the guest that runs and its definition' : live ? 'the guest that runs' : "the guest's definition";
}
