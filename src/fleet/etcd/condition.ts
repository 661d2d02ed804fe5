/** What can be known of an etcd before a fleet relies on it. */
import { HostdevError, type Problem } from '../../errors.ts';
import type { Members } from './members.ts';
import { AUTH_STATUS, RANGE, STATUS } from './protocol/methods.ts';
import { keyBytes } from './transaction.ts';
import { isAtLeast } from './version.ts';

export interface EtcdCondition {
  /** Of the member that answered. */
  readonly version: string;
  /** Bytes that its database has. */
  readonly size: bigint;
  readonly revision: bigint;
  /** Whether anything was ever forgotten. How that comes about, and whether it will again, no etcd tells. */
  readonly compacted: boolean;
  /** Whether rights are asked for; null where it does not say (before 3.5). */
  readonly rights: boolean | null;
  /** `NOSPACE`, `CORRUPT`. */
  readonly alarms: readonly string[];
}

/** Asks a member; the key is any that may be read. */
export async function readEtcdCondition(members: Members, key: string, signal?: AbortSignal): Promise<EtcdCondition> {
  const status = await members.askUntilAnswered(STATUS, {}, signal);
  const compacted = await isRefused(members.askUntilAnswered(RANGE, { key: keyBytes(key), revision: 1n }, signal), 'fleet-revision-gone');
  return {
    version: status.version,
    size: status.dbSize,
    revision: status.header?.revision ?? 0n,
    compacted,
    rights: isAtLeast(status.version, [3, 5, 0]) ? await asksForRights(members, signal) : null,
    alarms: status.errors.flatMap((each) => /alarm:([A-Z]{1,20})/.exec(each)?.[1] ?? []),
  };
}

/** Where rights are asked for, only root may ask whether they are. */
async function asksForRights(members: Members, signal: AbortSignal | undefined): Promise<boolean> {
  let enabled = false;
  const asked = members.askUntilAnswered(AUTH_STATUS, {}, signal).then((answer) => (enabled = answer.enabled));
  return (await isRefused(asked, 'fleet-denied')) || enabled;
}

async function isRefused(asked: Promise<unknown>, code: HostdevError['code']): Promise<boolean> {
  try {
    await asked;
    return false;
  } catch (error) {
    if (error instanceof HostdevError && error.code === code) return true;
    throw error;
  }
}

/** Revisions that a fleet of some size makes in a day. */
const MANY = 10_000n;

/** What is in the way of relying on it, as errors, and what will be one day, as warnings. */
export function problemsOf({ version, revision, compacted, rights, alarms }: EtcdCondition): readonly Problem[] {
  const problems: Problem[] = [];
  const tell = (problem: Problem): void => void problems.push(problem);
  if (!isAtLeast(version, [3, 4, 0])) {
    tell({
      code: 'fleet-etcd-old',
      severity: 'error',
      message: `this etcd is ${version.slice(0, 40)}, and 3.4.0 is the oldest that is used`,
      hint: 'bring it to 3.5',
    });
  }
  if (alarms.includes('NOSPACE')) {
    tell({
      code: 'fleet-full',
      severity: 'error',
      message: 'this etcd is full, and takes nothing more',
      hint: "compact and defragment it, then 'etcdctl alarm disarm'",
    });
  }
  if (rights === false) {
    const hint =
      "make a user root for your certificate ('etcdctl user add root --no-password', 'etcdctl user grant-role root root'), then 'etcdctl auth enable'";
    tell({ code: 'fleet-rights-off', severity: 'warning', message: 'this etcd lets everybody who reaches it do everything', hint });
  }
  if (!compacted && revision > MANY) {
    const hint = 'start its members with --auto-compaction-mode=periodic --auto-compaction-retention=1h';
    tell({ code: 'fleet-history', severity: 'warning', message: `this etcd keeps all of its ${revision} revisions, and grows until it is full`, hint });
  }
  return problems;
}
