/** A change of a guest as it is shown before it is made. */
import type { SpokenFor } from '../addressing/libvirt/spoken-for.ts';
import type { GuestAddress } from '../domain/guest-address.ts';
import { HostdevError, type Problem } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import { formatFid, formatUid } from '../pci/zpci.ts';
import { type Change, functionsOf } from './change.ts';
import { formatParts } from './guest-scope.ts';
import { formatStep, type Step } from './step.ts';

/** One thing that happens and what undoes it, in words, with the steps themselves. */
export interface ShownStep {
  readonly on: 'host' | 'guest' | 'definition';
  readonly what: string;
  readonly undo: string | null;
  /** What is written and called, as it is carried out. */
  readonly steps: readonly Step[];
}

/** Where a device is in a guest. */
export interface GuestPlace {
  /** `0000:00:01.0`; null where libvirt chooses it later. */
  readonly guestAddress: string | null;
  readonly uid: number | null;
  readonly fid: number | null;
}

/** One function of a plan. */
export interface FunctionPlan extends GuestPlace {
  /** On the host; for a function from a pool the name of the pool. */
  readonly address: string;
  readonly live: boolean;
  readonly config: boolean;
}

/** Where a device sits in the guest, as a plan shows it. An address of zeroes is none (docs/addressing.md §1). */
export function placeOf(at: Pick<GuestAddress, 'pci' | 'zpci'> | undefined): GuestPlace {
  const address = at?.pci === undefined ? NO_PLACE : formatPciAddress(at.pci);
  return { guestAddress: address === NO_PLACE ? null : address, uid: at?.zpci.uid ?? null, fid: at?.zpci.fid ?? null };
}

const NO_PLACE = '0000:00:00.0';

/** The same in words; empty where the place is not known yet. Ids are named only where there are any: unset is not 0. */
export function placeWords({ guestAddress, uid, fid }: GuestPlace): string {
  if (guestAddress === null) return '';
  return ` as ${guestAddress}${uid === null || fid === null ? '' : `, uid ${formatUid(uid)}, fid ${formatFid(fid)}`}`;
}

/** That a guest which runs has only its definition changed; empty where what runs is changed, or nothing runs. */
export function whenWords({ state }: Pick<GuestPlan, 'state'>, { live, config }: Pick<FunctionPlan, 'live' | 'config'>): string {
  const runs = state !== 'shut off' && state !== 'crashed';
  return runs && config && !live ? ', at its next start' : '';
}

export interface GuestPlan {
  readonly verb: 'attach' | 'detach' | 'swap';
  readonly guest: string;
  readonly uuid: string | null;
  readonly state: string;
  readonly functions: readonly FunctionPlan[];
  /** Names of what is as asked for already, and stays so. */
  readonly unchanged: readonly string[];
  /** By such a name: where the guest has it, if it does. */
  readonly unchangedAt?: Readonly<Record<string, GuestPlace>>;
  readonly steps: readonly ShownStep[];
  /** What there is to know before one agrees. */
  readonly notes: readonly Problem[];
  /** Which libvirt and QEMU have the guest, where one of libvirt's gets a place; null where no place is predicted. */
  readonly versions: SpokenFor | null;
}

/** What became of a plan. */
export interface GuestReport extends GuestPlan {
  readonly applied: boolean;
}

/** What was carried out of a plan, where the rest failed. */
export function partOf(shown: GuestPlan, changes: readonly Change[]): GuestReport {
  const names = new Set(changes.flatMap((change) => (change.verb === shown.verb ? functionsOf(change) : [])));
  return { ...shown, functions: shown.functions.filter(({ address }) => names.has(address)), steps: showChanges(changes), applied: true };
}

/**
 * What of a plan has to be as it was when the plan was shown.
 *
 * @throws {HostdevError} `guest-changed`.
 */
export function requireUnchanged({ guest }: GuestPlan, shown: unknown, now: unknown): void {
  if (JSON.stringify(now) === JSON.stringify(shown)) return;
  throw new HostdevError('guest-changed', `${guest} or the host has changed since the plan was shown; nothing was done`, {
    subject: guest,
    hint: 'run the command again to see the new plan',
  });
}

/** What happens when these changes are carried out, in that order; `where` says where a device goes in the guest. */
export function showChanges(changes: readonly Change[], where: (device: string) => string = () => ''): ShownStep[] {
  return changes.flatMap((change): ShownStep[] => {
    if (change.verb === 'prepare' || change.verb === 'release') return [showMove(change)];
    return change.steps.map((step) => showStep(step, change, where));
  });
}

function showMove({ subject, before, wanted, steps, undo }: Change): ShownStep {
  const [from, to] = [before['driver'] ?? 'no driver', wanted['driver'] === undefined ? 'its host driver' : (wanted['driver'] ?? 'no driver')];
  return { on: 'host', what: `${subject}: ${from} → ${to}, by hostdev`, undo: undo.length === 0 ? null : `${subject}: ${to} → ${from}`, steps };
}

function showStep(step: Step, change: Change, where: (device: string) => string): ShownStep {
  switch (step.kind) {
    case 'move': {
      const [from, to] = [step.from ?? 'no driver', step.to ?? 'its host driver'];
      const undo = step.to === null ? null : `${step.address}: ${to} → ${from}`;
      return { on: 'host', what: `${step.address}: ${from} → ${to}, by libvirt`, undo, steps: [step] };
    }
    case 'attach': {
      const parts = { live: step.on !== 'definition', config: step.on !== 'guest' };
      const at = change.verb === 'swap' ? ' at the same place, with the same ids' : where(step.device);
      const words = formatParts(parts);
      return {
        on: parts.live ? 'guest' : 'definition',
        what: `${step.device}: attach to ${words}${at}`,
        undo: `${step.device}: detach from ${words}`,
        steps: [step],
      };
    }
    case 'detach': {
      const isUndone = change.undo.length > 0;
      return step.on === 'guest'
        ? { on: 'guest', what: `${step.device}: wait until the guest has let go`, undo: isUndone ? `${step.device}: attach again` : null, steps: [step] }
        : { on: 'definition', what: `${step.device}: take out of the definition`, undo: isUndone ? `${step.device}: put in again` : null, steps: [step] };
    }
    default:
      return { on: 'host', what: formatStep(step), undo: null, steps: [step] };
  }
}
