/** Readying the place of a fleet's store: a directory with its modes; an etcd with the rights of those who use it, as far as it is to be relied on. */
import { HostdevError, type Problem } from '../errors.ts';
import { fleetKey } from './model/keys.ts';
import { type FleetRole, rightsOf, ROLE_PREFIX, roleName } from './model/rights.ts';
import type { EtcdAddress, StoreAddress } from './store-address.ts';

/** A role of the fleet, and the name of the certificate that has it. */
export interface AllowedUser {
  readonly role: FleetRole;
  readonly user: string;
}

export interface InitOptions {
  readonly dryRun: boolean;
  readonly allowed: readonly AllowedUser[];
  readonly signal: AbortSignal;
}

export interface ReadyStore {
  /** `made`: there was nothing before; `mended`: a fleet was there that could not be opened any more. */
  readonly making: 'made' | 'mended' | 'nothing';
  /** What is done to an etcd's users and roles, as command lines that would do the same. */
  readonly steps: readonly string[];
  /** What will be in the way one day. */
  readonly problems: readonly Problem[];
}

/** @throws {HostdevError} `option-conflict`, and what keeps the place from being used. */
export async function initStore(address: StoreAddress, options: InitOptions): Promise<ReadyStore> {
  if (address.kind === 'etcd') return readyEtcd(address, options);
  if (options.allowed.length > 0) {
    throw new HostdevError('option-conflict', 'in a directory rights are those of the file system', { hint: 'leave --allow out' });
  }
  const { initFileStore, planFileStore } = await import('./file-store/file-store.ts');
  const making = await (options.dryRun ? planFileStore : initFileStore)(address.path);
  return { making, steps: [], problems: [] };
}

/** What will be in the way of relying on an etcd one day; nothing of a directory. @throws {HostdevError} what is in the way now. */
export async function checkStore(address: StoreAddress, signal: AbortSignal): Promise<readonly Problem[]> {
  return address.kind === 'etcd' ? (await readyEtcd(address, { dryRun: true, allowed: [], signal })).problems : [];
}

async function readyEtcd(address: EtcdAddress, { dryRun, allowed, signal }: InitOptions): Promise<ReadyStore> {
  const [{ connectEtcd }, { problemsOf, readEtcdCondition }, { ensureRights, planRights }, { formatRightsStep }] = await Promise.all([
    import('./etcd/etcd-store.ts'),
    import('./etcd/condition.ts'),
    import('./etcd/rights.ts'),
    import('./etcd/rights-step.ts'),
  ]);
  const members = await connectEtcd(address);
  try {
    const problems = problemsOf(await readEtcdCondition(members, fleetKey, signal));
    const [first, ...others] = problems.filter(({ severity }) => severity === 'error');
    if (first !== undefined) throw HostdevError.all(first, others);
    const wishes = allowed.map(({ role, user }) => ({ user, role: roleName(role), rights: rightsOf(role) }));
    const act = dryRun ? planRights : ensureRights;
    const steps = wishes.length === 0 ? [] : await act(members, wishes, ROLE_PREFIX);
    return { making: 'nothing', steps: steps.map(formatRightsStep), problems };
  } finally {
    members.close();
  }
}
