/** A journal that fails at any record: what is made stays only where it is told, and nothing is changed once the lock is lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { executeAll, executeEach } from '../../src/execute/executor.ts';
import type { Journal } from '../../src/execute/journal/journal.ts';
import type { JournalRecord } from '../../src/execute/journal/record.ts';
import { journalRecorder } from '../../src/execute/recorder.ts';
import { openRecords } from '../../src/execute/recover.ts';
import { type Executor, hostOnly } from '../../src/execute/target.ts';
import { HostdevError } from '../../src/errors.ts';
import { readNodeDevice } from '../../src/host/inventory.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';
import type { Change } from '../../src/plan/change.ts';
import { planPrepare } from '../../src/plan/prepare.ts';
import { fakeKernel, type FakeKernel } from '../../src/testing/fake-kernel.ts';

const NAMES = ['0007:00:00.0', '0008:00:00.0', '0009:00:00.0'] as const;

/** How a journal fails: the lock is gone, the disk is full from then on, or for one record. */
type Failure = 'lock lost' | 'disk full' | 'disk full for a moment';

interface FailingJournal extends Journal {
  readonly records: JournalRecord[];
  /** Writes to the host when the lock was lost; undefined while it is held. */
  readonly writesWhenLost: () => number | undefined;
}

function failingJournal(port: FakeKernel, failure: Failure, at: number): FailingJournal {
  const records: JournalRecord[] = [];
  let appends = 0;
  let lost: number | undefined;
  const requireHeld = async (): Promise<void> => {
    if (lost !== undefined) throw new HostdevError('lock-lost', 'the lock is gone');
  };
  return {
    records,
    requireHeld,
    writesWhenLost: () => lost,
    read: async () => [...records],
    append: async (record) => {
      appends += 1;
      if (failure === 'lock lost' && appends >= at) lost ??= port.writes.length;
      await requireHeld();
      if ((failure === 'disk full' && appends >= at) || (failure === 'disk full for a moment' && appends === at)) throw new Error('ENOSPC: no space left');
      records.push(record);
    },
  };
}

async function planAll(port: FakeKernel): Promise<Change[]> {
  const changes: Change[] = [];
  for (const name of NAMES) {
    const device = await readNodeDevice(port, parsePciAddress(name));
    const change = device === undefined ? undefined : planPrepare({ device, link: null, driver: 'vfio-pci' });
    if (change !== undefined) changes.push(change);
  }
  return changes;
}

interface Run {
  readonly port: FakeKernel;
  readonly log: FailingJournal;
  readonly error: HostdevError;
}

interface Case {
  readonly failure: Failure;
  /** Which record fails. */
  readonly at: number;
  /** Function whose driver does not take it; none when missing. */
  readonly refuses: number | undefined;
}

async function run({ failure, at, refuses }: Case, execute: typeof executeAll): Promise<Run | undefined> {
  const port = fakeKernel(
    NAMES.map((address, i) => ({ address, driver: 'nvme', iommuGroup: i, express: true })),
    {
      beforeWrite: (path, text) => {
        if (refuses !== undefined && path.includes(NAMES[refuses] ?? '?') && text === 'vfio-pci')
          throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      },
    },
  );
  const changes = await planAll(port);
  const log = failingJournal(port, failure, at);
  const executor: Executor = { target: hostOnly(port), recorder: journalRecorder(log, { boot: 'boot', open: [] }), options: { timeoutMs: 0, leastWaitMs: 0 } };
  const error: unknown = await execute(executor, changes).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return undefined;
  return { port, log, error: error instanceof HostdevError ? error : new HostdevError('internal', (error as Error).message) };
}

const anyCase = fc.record<Case>({
  failure: fc.constantFrom<Failure>('lock lost', 'disk full', 'disk full for a moment'),
  at: fc.integer({ min: 1, max: 9 }),
  refuses: fc.constantFrom(undefined, 0, 1, 2),
});

const leftOf = ({ error }: Run): string[] => ((error.details['left'] ?? []) as readonly { readonly subject: string }[]).map(({ subject }) => subject);

const taken = ({ port }: Run): string[] => NAMES.filter((name) => port.driverOf(name) === 'vfio-pci');

describe('a journal that fails at any record', () => {
  it('leaves every function as it was, or named with what it is left with', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (each) => {
        const made = await run(each, executeAll);
        if (made === undefined) return;
        expect(leftOf(made).sort()).toEqual(taken(made));
        for (const name of taken(made)) expect(made.error.message).toContain(`${name} is left with vfio-pci`);
      }),
      { numRuns: 150 },
    );
  });

  it('has nothing changed behind it once the lock is lost, by whatever was planned', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, fc.constantFrom(executeAll, executeEach), async (each, execute) => {
        const made = await run({ ...each, failure: 'lock lost' }, execute);
        fc.pre(made?.log.writesWhenLost() !== undefined);
        expect(made?.port.writes.length).toBe(made?.log.writesWhenLost());
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['lock lost', 'the lock is gone'],
    ['disk full', 'ENOSPC'],
  ] as const)('at the end of the second of three changes (%s) tells why, and what stays', async (failure, words) => {
    const made = await run({ failure, at: 4, refuses: undefined }, executeAll);
    expect(made?.error.message).toContain(words);
    // Written down as begun and not ended, or as done: nothing is there of which the journal has not a word.
    const known = [...openRecords(made?.log.records ?? []), ...(made?.log.records ?? [])].flatMap((record) => ('subject' in record ? [record.subject] : []));
    expect(known).toEqual(expect.arrayContaining(made === undefined ? [] : taken(made)));
    expect(made === undefined ? [] : leftOf(made)).toContain(NAMES[0]);
  });

  it('when it could not be told that a change was undone says so, and calls nothing left that is as it was', async () => {
    const made = await run({ failure: 'disk full', at: 2, refuses: 0 }, executeAll);
    expect(made?.error).toMatchObject({ code: 'bind-failed', message: expect.stringMatching(/EIO.*ENOSPC/) as string });
    expect(made === undefined ? undefined : taken(made)).toEqual([]);
  });
});
