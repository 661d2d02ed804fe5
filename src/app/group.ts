/** `--group`: every function of an IOMMU group, asked for by naming one. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { withGroupMates } from '../state/companions.ts';
import { requireJudgments } from '../state/judge.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { AppContext } from './context.ts';
import { viewHost, viewing } from './host-view.ts';

/** Asks a person; false when there is nobody to ask. */
export type Confirm = (question: string) => Promise<boolean>;

/** Whether more than what is named is meant, and who is asked about it. */
export interface GroupOptions {
  readonly group?: boolean | undefined;
  readonly confirm?: Confirm | undefined;
}

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
 * The functions named; with --group all others of their groups behind them, but for bridges, which stay with the kernel. More than what was named
 * has to be confirmed.
 *
 * @throws {HostdevError} `function-unknown`, `group-unconfirmed`.
 */
export async function devicesNamed(context: AppContext, addresses: readonly PciAddress[], { group, confirm }: GroupOptions): Promise<NodeDevice[]> {
  const { state, judgments } = await viewHost(viewing(context));
  const named = requireJudgments(judgments, addresses).map(({ device }) => device);
  if (group !== true) return named;
  const all = withGroupMates(state, named);
  const added = all.slice(named.length).map((device) => `${formatPciAddress(device.address)} (${device.driver ?? 'no driver'})`);
  if (added.length > 0 && (await confirm?.(`The whole group: also ${added.join(', ')}?`)) !== true) {
    throw new HostdevError('group-unconfirmed', `--group also means ${added.join(', ')}`, { hint: 'look at the list, then add --yes' });
  }
  return all;
}
