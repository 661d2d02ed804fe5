/** `--group`: every function of an IOMMU group, asked for by naming one. */
import { HostdevError } from '../errors.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { withGroupMates } from '../state/companions.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { judgmentsOf } from './assignable.ts';
import type { AppContext } from './context.ts';
import { viewHost, viewing } from './host-view.ts';

/** Asks a person; false when there is nobody to ask. */
export type Confirm = (question: string) => Promise<boolean>;

/** Asks once: the answer holds when the plan is made again under the lock, unless the question is another one by then. */
export function onceConfirmed(confirm: Confirm | undefined): Confirm {
  let confirmed: string | undefined;
  return async (question) => {
    if (question === confirmed) return true;
    if ((await confirm?.(question)) !== true) return false;
    confirmed = question;
    return true;
  };
}

/**
 * The named functions and all others of their groups; bridges stay with the kernel. More than what was named has to be
 * confirmed.
 *
 * @throws {HostdevError} `group-unconfirmed`.
 */
export async function wholeGroups(context: AppContext, named: readonly NodeDevice[], confirm: Confirm): Promise<NodeDevice[]> {
  const { state } = await viewHost(context);
  const all = withGroupMates(state, named);
  const added = all.slice(named.length).map((device) => `${formatPciAddress(device.address)} (${device.driver ?? 'no driver'})`);
  if (added.length > 0 && (await confirm(`The whole group: also ${added.join(', ')}?`)) === false) {
    throw new HostdevError('group-unconfirmed', `--group also means ${added.join(', ')}`, { hint: 'look at the list, then add --yes' });
  }
  return all;
}

/**
 * The addresses named and those of their group mates.
 *
 * @throws {HostdevError} `function-unknown`, `group-unconfirmed`.
 */
export async function addressesOfGroups(context: AppContext, addresses: readonly PciAddress[], confirm: Confirm): Promise<PciAddress[]> {
  const view = viewing(context);
  const named = (await judgmentsOf(view, addresses)).map(({ device }) => device);
  return (await wholeGroups(view, named, confirm)).map(({ address }) => address);
}
