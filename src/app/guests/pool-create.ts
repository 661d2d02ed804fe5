/** `hostdev pool create`: a network of libvirt that hands out virtual functions. */
import { randomUUID } from 'node:crypto';
import { formatNetworkPool } from '../../domain/network-pool.ts';
import { HostdevError } from '../../errors.ts';
import { executeAll } from '../../execute/executor.ts';
import type { Executor } from '../../execute/target.ts';
import { hostOnly } from '../../execute/target.ts';
import { libvirtNetworks } from '../../guest/libvirt/networks.ts';
import type { Libvirt } from '../../libvirt/index.ts';
import type { PciAddress } from '../../pci/address.ts';
import { refuseTwice } from '../../pci/named-once.ts';
import type { Change } from '../../plan/change.ts';
import { planPoolCreate } from '../../plan/pool-steps.ts';
import { checkPoolName, planPool, poolRefusals } from '../../plan/pool.ts';
import type { Step } from '../../plan/step.ts';
import { requireJudgments } from '../../state/judge.ts';
import { acceptOrRefuse, type TakingOptions } from '../assignable.ts';
import { withGuestExecutor } from '../change-options.ts';
import type { AppContext } from '../context.ts';
import { viewHost, viewing } from '../host-view.ts';
import { tellingOnce } from '../losses.ts';

export interface PoolCreateOptions extends TakingOptions {
  readonly dryRun: boolean;
  readonly autostart: boolean;
  readonly stateDirectory?: string | undefined;
}

/** Which pool is made: its name, and the functions it hands out. */
export interface NewPool {
  readonly name: string;
  /** One physical function, or virtual ones. */
  readonly addresses: readonly PciAddress[];
}

/** What was made, or would be. */
export interface CreatedPool {
  readonly xml: string;
  readonly steps: readonly Step[];
}

/**
 * Makes a pool of the virtual functions of one physical one, or of functions named one by one, and starts it.
 *
 * @throws {HostdevError} `sriov-missing`, `option-conflict` when there is a network of that name, `function-in-use` and the like for what it would hand out.
 */
export async function createPool(context: AppContext, libvirt: Libvirt, wish: NewPool, options: PoolCreateOptions): Promise<CreatedPool> {
  checkPoolName(wish.name);
  refuseTwice(wish.addresses);
  if (!libvirt.isLocal) {
    throw new HostdevError('option-conflict', `the functions of ${libvirt.uri.host ?? 'that host'} cannot be looked at from here`, {
      hint: "run 'hostdev pool create' there",
    });
  }
  const told = tellingOnce(options);
  const named = { ...wish, uuid: randomUUID() };
  const plan = (): Promise<Change> => planCreate(viewing(context), libvirt, named, told);
  const first = await plan();
  if (options.dryRun) return created(first);
  const target = { ...hostOnly(context.port), networksOf: async () => libvirtNetworks(libvirt) };
  const session = { target, options: { timeoutMs: 0, signal: options.signal }, directory: options.stateDirectory, isLocal: true };
  const act = async (executor: Executor): Promise<Change> => {
    // Somebody may have been there in between.
    const change = await plan();
    await executeAll(executor, [change]);
    return change;
  };
  return created(await withGuestExecutor(context, session, act));
}

function created({ wanted, steps }: Change): CreatedPool {
  return { xml: wanted['xml'] ?? '', steps };
}

/** A pool with the uuid by which it is known to be ours. */
interface NamedPool extends NewPool {
  readonly uuid: string;
}

async function planCreate(view: AppContext, libvirt: Libvirt, { name, uuid, addresses }: NamedPool, options: PoolCreateOptions): Promise<Change> {
  if ((await libvirt.findNetwork(name)) !== undefined) {
    throw new HostdevError('option-conflict', `libvirt has a network '${name}' already`, {
      subject: name,
      hint: 'take another name; what is there is left alone',
    });
  }
  const { judgments } = await viewHost(view);
  const chosen = requireJudgments(judgments, addresses).map(({ device }) => device);
  const { source, members } = planPool(chosen, judgments);
  const hint = 'a guest that takes from the pool would take it; --force makes the pool all the same';
  acceptOrRefuse(
    poolRefusals(members).map((refusal) => ({ ...refusal, hint })),
    options,
    () => true,
  );
  return planPoolCreate({ uri: libvirt.uri.text, name, uuid, xml: formatNetworkPool({ name, uuid }, source), autostart: options.autostart });
}
