/** Asking a person whether a change of a guest is to be made. */
import { HostdevError } from '../../errors.ts';
import type { GuestPlan } from '../../plan/guest-plan.ts';

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
