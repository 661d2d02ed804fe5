/** `hostdev pool show`: networks of libvirt that hand out virtual functions. */
import { type FoundPool, type PoolRow, readPools, requirePool } from '../../guest/libvirt/read-pools.ts';
import type { Libvirt } from '../../libvirt/index.ts';
import { poolLosses, poolMembers } from '../../plan/pool.ts';
import type { Judgment } from '../../state/judge.ts';
import { acceptOrRefuse, type TakingOptions } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { viewHost } from '../host-view.ts';
import { reportOf, type VerdictReport } from '../../state/verdict-report.ts';

/** A pool, and what this host says to each of its functions. */
export interface JudgedPool extends PoolRow {
  /** Verdicts on what it hands out; null for a pool of another host, which cannot be looked at from here. */
  readonly members: readonly Pick<VerdictReport, 'address' | 'verdict' | 'evidence'>[] | null;
}

/** Every pool, or the one that is named, with the verdict on each function. */
export async function listPools(context: AppContext, libvirt: Libvirt, name?: string): Promise<JudgedPool[]> {
  const found = name === undefined ? await readPools(libvirt) : [await requirePool(libvirt, name)];
  const judgments = libvirt.isLocal && found.length > 0 ? (await viewHost(context)).judgments : undefined;
  return found.map(({ pool, uuid: _uuid, ...row }) => ({ ...row, members: judgments === undefined ? null : poolMembers(pool, judgments).map(memberOf) }));
}

function memberOf(judgment: Judgment): Pick<VerdictReport, 'address' | 'verdict' | 'evidence'> {
  const { address, verdict, evidence } = reportOf(judgment);
  return { address, verdict, evidence };
}

/**
 * Refuses to take from a pool while this host uses a function that libvirt may choose.
 *
 * @throws {HostdevError} `function-in-use`; with `force` it is told as a loss instead.
 */
export async function refusePoolInUse(context: AppContext, { name, pool }: FoundPool, options: TakingOptions): Promise<void> {
  const { judgments } = await viewHost(context);
  const hint = `libvirt may choose it from the pool ${name}; --force lets it`;
  acceptOrRefuse(
    poolLosses(poolMembers(pool, judgments)).map((refusal) => ({ ...refusal, hint })),
    options,
    () => true,
  );
}
