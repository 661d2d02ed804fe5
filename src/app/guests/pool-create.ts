/** `hostdev pool create`: a network of libvirt that hands out virtual functions. */
import { randomUUID } from 'node:crypto';
import { formatNetworkPool, type PoolSource, readNetworkPool } from '../../domain/network-pool.ts';
import { HostdevError } from '../../errors.ts';
import type { Libvirt, NetworkRef } from '../../libvirt/index.ts';
import type { PciAddress } from '../../pci/address.ts';
import { refuseTwice } from '../../pci/named-once.ts';
import type { Change } from '../../plan/change.ts';
import { planPoolCreate, unchangedPool } from '../../plan/pool-steps.ts';
import { checkPoolName, handsOutSame, planPool, poolRefusals } from '../../plan/pool.ts';
import type { Step } from '../../plan/step.ts';
import { shellWord } from '../../shell-word.ts';
import { requireJudgments } from '../../state/judge.ts';
import { acceptOrRefuse, type TakingOptions } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { viewHost } from '../host-view.ts';
import { tellingOnce } from '../losses.ts';
import { changePool, type PoolChangeOptions } from './pool-change.ts';

export interface PoolCreateOptions extends PoolChangeOptions {
  readonly autostart: boolean;
}

/** Which pool is made: its name, and the functions it hands out. */
export interface NewPool {
  readonly name: string;
  /** One physical function, or virtual ones. */
  readonly addresses: readonly PciAddress[];
  /** By which it is known to be ours; one of our own choice when missing. */
  readonly uuid?: string | undefined;
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
  const named = { ...wish, uuid: wish.uuid ?? randomUUID() };
  const { wanted, steps } = await changePool(context, libvirt, (view) => planNewPool(view, libvirt, named, told), options);
  return { xml: wanted['xml'] ?? '', steps };
}

/** A pool with the uuid by which it is known to be ours. */
interface NamedPool extends NewPool {
  readonly uuid: string;
}

/** Plans a pool. @throws {HostdevError} as {@link createPool}. */
export async function planNewPool(
  view: AppContext,
  libvirt: Libvirt,
  { name, uuid, addresses }: NamedPool,
  options: TakingOptions & Pick<PoolCreateOptions, 'autostart'>,
): Promise<Change> {
  const { judgments } = await viewHost(view);
  const chosen = requireJudgments(judgments, addresses).map(({ device }) => device);
  const { source, members } = planPool(chosen, judgments);
  const there = await libvirt.findNetwork(name);
  if (there !== undefined) return poolAsAskedFor(libvirt, there, source, options.autostart);
  const hint = 'a guest that takes from the pool would take it; --force makes the pool all the same';
  acceptOrRefuse(
    poolRefusals(members).map((refusal) => ({ ...refusal, hint })),
    options,
    () => true,
  );
  return planPoolCreate({ uri: libvirt.uri.text, name, uuid, xml: formatNetworkPool({ name, uuid }, source), autostart: options.autostart });
}

/** A network of that name that is there is either what was asked for, or left alone. */
async function poolAsAskedFor(libvirt: Libvirt, there: NetworkRef, source: PoolSource, autostart: boolean): Promise<Change> {
  const xml = await libvirt.networkXml(there);
  const pool = readNetworkPool(xml);
  const isSame = pool !== undefined && handsOutSame(pool, source) && (await libvirt.isNetworkActive(there));
  if (isSame && (!autostart || (await libvirt.networkAutostart(there)))) return unchangedPool(there.name, xml);
  throw new HostdevError('option-conflict', `libvirt has a network '${there.name}' already, which is not the pool that was asked for`, {
    subject: there.name,
    hint: `take another name; what is there is left alone: 'hostdev pool show ${shellWord(there.name)}'`,
  });
}
