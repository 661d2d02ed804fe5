import { describe, expect, it } from 'vitest';
import { context, fake, link, port, stateDirectory, useGuests } from '../../../test/guests.ts';
import { journalUnder, openJournal } from '../../execute/journal/journal.ts';
import { withLock } from '../../execute/journal/lock.ts';
import type { BeginRecord } from '../../execute/journal/record.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { type FakeFunction, fakeKernel } from '../../testing/fake-kernel.ts';
import { readHistory } from '../history.ts';
import { recoverChanges } from '../recover-changes.ts';
import { type CreatedPool, createPool } from './pool-create.ts';

const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } };
const THEIRS = "<network><name>vfs</name><forward mode='nat'/></network>";

useGuests([NIC]);

type Connection = Awaited<ReturnType<typeof link.get>>;

/** A connection on which something happens right before a call. */
function before(libvirt: Connection, call: keyof Connection, act: () => void): Connection {
  return new Proxy(libvirt, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name, target);
      if (typeof found !== 'function') return found;
      return (...args: unknown[]): unknown => {
        if (name === call) act();
        return Reflect.apply(found, target, args) as unknown;
      };
    },
  });
}

const make = (libvirt: Connection, on = context()): Promise<CreatedPool> =>
  createPool(on, libvirt, { name: 'vfs', addresses: [parsePciAddress(NIC.address)] }, { dryRun: false, autostart: true, stateDirectory });

const theirs = (): void => {
  fake.qemu.defineNetwork(THEIRS).active = true;
};

const outcomes = async (): Promise<string[]> => (await readHistory(stateDirectory)).entries.map(({ outcome, to }) => `${outcome}: ${to}`);

describe("somebody else's network of the same name", () => {
  it('that comes right before ours is left as it is, and ours is not made', async () => {
    await expect(make(before(await link.get(), 'defineNetwork', theirs))).rejects.toMatchObject({
      code: 'libvirt-refused',
      message: expect.stringMatching(/^operation failed: network 'vfs' already exists with uuid /) as string,
    });
    expect(fake.qemu.networks.get('vfs')).toMatchObject({ xml: THEIRS, active: true, autostart: false });
    expect(await outcomes()).toEqual(["undone: somebody else's network"]);
    expect(await recoverChanges(context(), stateDirectory)).toEqual([]);
  });

  it('that comes where ours was, before ours is started, is neither started nor taken away', async () => {
    const replaced = before(await link.get(), 'startNetwork', () => {
      fake.qemu.networks.delete('vfs');
      theirs();
    });
    await expect(make(replaced)).rejects.toMatchObject({ code: 'libvirt-refused' });
    expect(fake.qemu.networks.get('vfs')).toMatchObject({ xml: THEIRS, active: true });
    expect(await outcomes()).toEqual(["undone: somebody else's network"]);
  });

  it.each([
    ['of the record has', undefined],
    ['that an older record does not have', null],
  ])('is no half-made pool for recover: another uuid than the one %s', async (_, uuid) => {
    await make(await link.get());
    const begun = (await openJournal(stateDirectory).read()).find((each): each is BeginRecord => each.kind === 'begin');
    if (begun === undefined) throw new Error('nothing was begun');
    const { uuid: ours, ...facts } = begun.before;
    fake.qemu.networks.delete('vfs');
    theirs();
    await withLock(stateDirectory, (lock) =>
      journalUnder(lock).append({ ...begun, id: 'killed', before: uuid === null ? facts : { ...facts, uuid: ours ?? '' } }),
    );
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ verb: 'pool create', outcome: 'old', now: { pool: 'foreign' } }]);
    expect(fake.qemu.networks.get('vfs')).toMatchObject({ xml: THEIRS, active: true });
  });
});

describe('a pool whose making was interrupted', () => {
  it('is not made again before that is recovered; one of its name in another libvirt is', async () => {
    await make(await link.get());
    const begun = (await openJournal(stateDirectory).read()).find((each): each is BeginRecord => each.kind === 'begin');
    if (begun === undefined) throw new Error('nothing was begun');
    const interrupted = (id: string, uri: string): Promise<void> =>
      withLock(stateDirectory, (lock) => journalUnder(lock).append({ ...begun, id, before: { ...begun.before, uri } }));
    await interrupted('another', 'qemu:///session');
    fake.qemu.networks.clear();
    await make(await link.get());
    fake.qemu.networks.clear();
    await interrupted('same', begun.before['uri'] ?? '');
    await expect(make(await link.get())).rejects.toMatchObject({ code: 'recovery-needed' });
    expect(fake.qemu.networks.size).toBe(0);
  });
});

describe('what is reported of a pool', () => {
  it('is what was made, not what was planned before the lock was there', async () => {
    let looks = 0;
    const renamed = fakeKernel([{ ...NIC, netdev: 'lan0' }]);
    const libvirt = before(await link.get(), 'findNetwork', () => {
      looks += 1;
    });
    const on = {
      ...context(),
      get port() {
        return looks < 1 ? port : renamed;
      },
    };
    const report = await make(libvirt, on);
    const made = fake.qemu.networks.get('vfs')?.xml;
    expect(made).toContain("<pf dev='lan0'/>");
    expect(report.xml).toBe(made);
    expect(report.steps[0]).toMatchObject({ action: 'define', text: made });
  });
});
