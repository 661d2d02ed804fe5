/** `hostdev pool create`: a network of libvirt that hands out virtual functions. */
import { formatNetworkPool } from '../../domain/network-pool.ts';
import { HostdevError } from '../../errors.ts';
import type { Libvirt, NetworkRef } from '../../libvirt/index.ts';
import type { PciAddress } from '../../pci/address.ts';
import { planPool, poolRefusals } from '../../plan/pool.ts';
import { requireJudgments } from '../../state/judge.ts';
import { acceptOrRefuse, type TakingOptions } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { viewHost } from '../host-view.ts';
import { refuseTwice } from '../../pci/named-once.ts';

export interface PoolCreateOptions extends TakingOptions {
  readonly dryRun: boolean;
  readonly autostart: boolean;
}

/** Which pool is made: its name, and the functions it hands out. */
export interface NewPool {
  readonly name: string;
  /** One physical function, or virtual ones. */
  readonly addresses: readonly PciAddress[];
}

/**
 * Makes a pool of the virtual functions of one physical one, or of functions named one by one, and starts it.
 *
 * @returns its XML.
 * @throws {HostdevError} `sriov-missing`, `option-conflict` when there is a network of that name, `function-in-use` and the like for what it would hand out.
 */
export async function createPool(context: AppContext, libvirt: Libvirt, { name, addresses }: NewPool, options: PoolCreateOptions): Promise<string> {
  if (!/^[\w.-]{1,50}$/.test(name)) throw new HostdevError('usage', `'${name}' is no name for a network`, { hint: 'use letters, digits, dots and dashes' });
  refuseTwice(addresses);
  if (!libvirt.isLocal) {
    throw new HostdevError('option-conflict', `the functions of ${libvirt.uri.host ?? 'that host'} cannot be looked at from here`, {
      hint: "run 'hostdev pool create' there",
    });
  }
  if ((await libvirt.findNetwork(name)) !== undefined) {
    throw new HostdevError('option-conflict', `libvirt has a network '${name}' already`, {
      subject: name,
      hint: 'take another name; what is there is left alone',
    });
  }
  const { judgments } = await viewHost(context);
  const chosen = requireJudgments(judgments, addresses).map(({ device }) => device);
  const { source, members } = planPool(chosen, judgments);
  const hint = 'a guest that takes from the pool would take it; --force makes the pool all the same';
  acceptOrRefuse(
    poolRefusals(members).map((refusal) => ({ ...refusal, hint })),
    options,
    () => true,
  );
  const xml = formatNetworkPool(name, source);
  if (!options.dryRun) await startPool(libvirt, xml, options.autostart);
  return xml;
}

async function startPool(libvirt: Libvirt, xml: string, autostart: boolean): Promise<void> {
  const net = await libvirt.defineNetwork(xml);
  try {
    await libvirt.startNetwork(net);
    if (autostart) await libvirt.setNetworkAutostart(net, true);
  } catch (error) {
    throw await takeBack(libvirt, net, error as Error);
  }
}

/** Takes back what there is of a pool; gives the error that says why, and what could not be taken back. */
async function takeBack(libvirt: Libvirt, net: NetworkRef, error: Error): Promise<Error> {
  try {
    // A call that was not answered may have been carried out.
    if (await libvirt.isNetworkActive(net)) await libvirt.stopNetwork(net);
    await libvirt.undefineNetwork(net);
    return error;
  } catch (left) {
    const code = error instanceof HostdevError ? error.code : 'change-failed';
    return new HostdevError(code, `${error.message}; and the pool '${net.name}' is left half made: ${(left as Error).message}`, {
      subject: net.name,
      hint: `look at it with 'virsh net-info ${net.name}'; 'virsh net-destroy ${net.name}' and 'virsh net-undefine ${net.name}' take it away`,
      cause: error,
    });
  }
}
