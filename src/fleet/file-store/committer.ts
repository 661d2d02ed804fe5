/** Commits: a transaction gets its revision by the name of its file, which one writer at most can take. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { HostdevError } from '../../errors.ts';
import type { Commit, Transaction } from '../store/store.ts';
import type { Directory } from './directory.ts';
import { isRefusal, unread, unwritten } from './failures.ts';
import type { Keeper } from './keeper.ts';
import { LOG_LIMIT, revisionName, STATE_LIMIT } from './layout.ts';
import { encodeTransaction } from './transaction-file.ts';

type Unclear = Extract<Commit, { readonly outcome: 'unclear' }>;

/** A transaction on the disk, which has no revision yet. */
interface Candidate {
  readonly id: string;
  readonly path: string;
}

/** Somebody wins in every round: who has lost so often has seen as many transactions of others. */
const ROUNDS = 10_000;

/** @throws HostdevError where nothing was changed */
export async function commitToLog(directory: Directory, keeper: Keeper, transaction: Transaction): Promise<Commit> {
  let candidate: Candidate | undefined;
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const without = await decideWithout(directory, keeper, transaction);
      if (without !== undefined) return without;
      ensureRoom(directory, keeper, transaction);
      candidate ??= await write(directory, keeper, transaction);
      const attempt = await takeRevision(directory, keeper, candidate);
      // Whoever made room has taken the file for one that was left behind: this process has slept for long.
      if (attempt === 'removed') candidate = undefined;
      else if (attempt !== 'lost') return attempt;
    }
  } finally {
    if (candidate !== undefined) await directory.disk.remove(candidate.path).catch(() => undefined);
  }
  throw new HostdevError('fleet-unwritable', `others write so much to ${directory.name} that this did not get its turn`, {
    subject: directory.name,
    hint: 'nothing was changed; try again',
  });
}

/** The answer where nothing has to be written: a compare does not hold, or all is as it is to be. */
async function decideWithout({ name }: Directory, keeper: Keeper, { compares, operations }: Transaction): Promise<Commit | undefined> {
  try {
    await keeper.catchUp();
    const keys = keeper.keys();
    const current = keys.inTheWay(compares);
    if (current === undefined && keys.changes(operations)) return undefined;
    await keeper.settle();
    const revision = keys.revision();
    return current === undefined ? { outcome: 'done', revision } : { outcome: 'refused', revision, current };
  } catch (error) {
    throw unread(name, error);
  }
}

async function write({ name, disk, layout }: Directory, keeper: Keeper, { operations }: Transaction): Promise<Candidate> {
  const id = randomUUID();
  // Its name tells how old it is, for whoever finds it left behind.
  const path = join(layout.fresh, `${revisionName(keeper.keys().revision())}-${id}`);
  try {
    await disk.create(path, encodeTransaction({ id, operations }));
  } catch (error) {
    await disk.remove(path).catch(() => undefined);
    throw unwritten(name, error);
  }
  return { id, path };
}

async function takeRevision({ name, disk, layout }: Directory, keeper: Keeper, { id, path }: Candidate): Promise<Commit | 'lost' | 'removed'> {
  const revision = keeper.keys().revision() + 1n;
  try {
    await disk.link(path, join(layout.log, revisionName(revision)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'removed';
    if (isRefusal(error)) throw unwritten(name, error);
    if (code !== 'EEXIST') return unclear(error);
  }
  try {
    // A file server that is asked twice says that the name is taken, by what the first asking gave it to: the id tells.
    await keeper.catchUp();
    if (revision <= keeper.keys().oldest()) return unclear(new Error('this process has slept for so long that others have removed what would tell'));
    if (keeper.idOf(revision) !== id) return 'lost';
    await keeper.settle();
    return { outcome: 'done', revision };
  } catch (error) {
    return unclear(error);
  }
}

const unclear = (error: unknown): Unclear => ({ outcome: 'unclear', why: (error as Error).message });

function ensureRoom({ name }: Directory, keeper: Keeper, { operations }: Transaction): void {
  const keys = keeper.keys();
  const more = operations.reduce((sum, each) => sum + each.key.length + (each.kind === 'put' ? each.value.length : 0), 0);
  const full = (why: string, hint: string): HostdevError => new HostdevError('fleet-full', `the fleet in ${name} ${why}`, { subject: name, hint });
  if (keys.size() + more > STATE_LIMIT && operations.some(({ kind }) => kind === 'put')) {
    throw full(`has ${keys.size()} bytes of keys and values, of ${STATE_LIMIT} that it can have`, 'take away hosts that are no more, or use an etcd');
  }
  if (keys.revision() - keeper.newestSnapshot() > LOG_LIMIT) {
    throw full(`has ${LOG_LIMIT} transactions of which no snapshot could be made`, 'make room on its disk, and see that all of its hosts may write there');
  }
}
