/** The functions that a guest shall have, of this machine or of the guest's own. */
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { readNodeDrivers } from '../../guest/libvirt/node-drivers.ts';
import { readPrepareFacts } from '../../host/prepare-facts.ts';
import { requireFunctions } from '../../host/require-functions.ts';
import type { Recipient } from '../../plan/assignable.ts';
import type { Change } from '../../plan/change.ts';
import { type HostFunction, mustBePrepared, refuseUnprepared, refuseUnseen } from '../../plan/handover.ts';
import { planPrepares } from '../../plan/prepare.ts';
import { requireAssignable } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { lookAtHostOf, requireAssignableThere } from './host-of-guest.ts';
import type { GuestChangeOptions } from './run-change.ts';

/**
 * Functions that a guest that runs may have now, as the host that it runs on has them.
 *
 * @throws {HostdevError} `function-unknown`, `function-in-use`, `function-held`, `group-incomplete`, `function-not-prepared`, ….
 */
export async function assignableFunctions(
  context: AppContext,
  link: LibvirtLink,
  specs: readonly Pick<HostdevSpec, 'source' | 'managed'>[],
  { to, ...options }: GuestChangeOptions & { readonly to: Recipient },
): Promise<readonly HostFunction[]> {
  const addresses = specs.map(({ source }) => source);
  if (link.isLocal) return requireAssignable(context, addresses, { ...options, to });
  const libvirt = await link.get(options.signal);
  const there = await lookAtHostOf(context, link, options.signal);
  if ('judgments' in there) {
    const functions = requireAssignableThere(there, addresses, { ...options, to });
    refuseUnprepared(functions, specs);
    return functions;
  }
  const functions = await readNodeDrivers(libvirt, addresses);
  refuseUnseen(there, functions, specs, options.force);
  return functions;
}

/** What readies the functions that libvirt does not take itself. */
export async function planPreparesOf(
  { port, loaded }: AppContext,
  functions: readonly HostFunction[],
  specs: readonly { readonly managed?: boolean | undefined }[],
): Promise<Change[]> {
  const ours = functions.filter((each, i) => mustBePrepared(each, specs[i])).map(({ address }) => address);
  const facts = await readPrepareFacts(port, await requireFunctions(port, ours), { loaded });
  return planPrepares(facts).flatMap((change) => change ?? []);
}
