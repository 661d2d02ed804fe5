/** `hostdev pool remove`: a network of libvirt that hands out virtual functions goes away. */
import { HostdevError } from '../../errors.ts';
import { readFound, unlessGone } from '../../guest/libvirt/read-guest.ts';
import { findPool, type FoundPool, readPoolDefinition } from '../../guest/libvirt/read-pools.ts';
import { type Libvirt, overMany } from '../../libvirt/index.ts';
import type { Change } from '../../plan/change.ts';
import { lossWarning } from '../../plan/force.ts';
import { planPoolRemove } from '../../plan/pool-steps.ts';
import { refusalToRemovePool } from '../../plan/pool-users.ts';
import { checkPoolName } from '../../plan/pool.ts';
import type { Step } from '../../plan/step.ts';
import type { TakingOptions } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { tellingOnce } from '../losses.ts';
import { changePool, type PoolChangeOptions } from './pool-change.ts';

/** What was taken away, or would be. */
export interface RemovedPool {
  readonly name: string;
  /** Whether there was something to take away. */
  readonly changed: boolean;
  /** The definition that it had; null where there is none. */
  readonly xml: string | null;
  readonly steps: readonly Step[];
}

/**
 * Stops a pool and has libvirt forget it. One that is not there is as it shall be.
 *
 * @throws {HostdevError} `network-unknown` for a network that is no pool, `network-in-use` while guests use it: with `force` definitions that name it are
 * told as a loss instead; a guest that runs keeps it from going in any case.
 */
export async function removePool(context: AppContext, libvirt: Libvirt, name: string, options: PoolChangeOptions): Promise<RemovedPool> {
  checkPoolName(name);
  const told = tellingOnce(options);
  const change = await changePool(context, libvirt, () => planPoolEnd(libvirt, name, told), options);
  return { name, changed: change !== undefined, xml: change?.before['xml'] ?? null, steps: change?.steps ?? [] };
}

/** Plans the end of a pool; undefined where there is none. @throws {HostdevError} as {@link removePool}. */
export async function planPoolEnd(libvirt: Libvirt, name: string, options: TakingOptions): Promise<Change | undefined> {
  const found = await findPool(libvirt, name);
  if (found === undefined) return undefined;
  const definition = await readPoolDefinition(libvirt, found);
  await refusePoolInUse(libvirt, found, options);
  return planPoolRemove({ uri: libvirt.uri.text, name, uuid: found.uuid, active: found.active, ...definition });
}

/** @throws {HostdevError} `network-in-use`, as {@link removePool}. */
export async function refusePoolInUse(libvirt: Libvirt, found: FoundPool, { force, onLoss }: TakingOptions): Promise<void> {
  const guests = await overMany(libvirt, await libvirt.listDomains(), async (each, domain) => {
    const guest = await readFound(each, domain).catch(unlessGone);
    return guest === undefined ? [] : [guest];
  });
  const refusal = refusalToRemovePool(found, guests.flat());
  if (refusal !== undefined) {
    const { problem, isForcible } = refusal;
    if (force !== true || !isForcible) throw HostdevError.from(problem);
    onLoss?.(lossWarning(problem));
  }
}
