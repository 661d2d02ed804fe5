/** Asking a person whether a change that was shown is to be made. */
import { HostdevError } from '../errors.ts';

/** Shows a plan and asks; false when nobody agrees. */
export type Agree<P> = (plan: P) => Promise<boolean>;

/** Nobody is asked when `agree` is missing. @throws {HostdevError} `change-unconfirmed`. */
export async function requireAgreement<P>(
  plan: P,
  agree: Agree<P> | undefined,
  { verb, subject }: { readonly verb: string; readonly subject?: string },
): Promise<void> {
  if (agree === undefined || (await agree(plan))) return;
  throw new HostdevError('change-unconfirmed', `nobody agreed to this ${verb}; nothing was changed`, {
    subject,
    hint: 'look at the plan, then add --yes; --dry-run shows it without a question',
  });
}
