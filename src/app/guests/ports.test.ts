import { describe, expect, it } from 'vitest';
import { context, fake, link, onPc, onZ, running, stateDirectory, useGuests } from '../../../test/guests.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import { journalUnder, openJournal } from '../../execute/journal/journal.ts';
import { withLock } from '../../execute/journal/lock.ts';
import type { BeginRecord } from '../../execute/journal/record.ts';
import { formatStep } from '../../plan/step.ts';
import { readHistory } from '../history.ts';
import { recoverChanges } from '../recover-changes.ts';
import { guestPorts } from './ports.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const OTHER: FakeFunction = { address: '0009:00:00.0', driver: 'nvme', iommuGroup: 2, express: true };
const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } };

useGuests([NVME, OTHER, NIC]);

describe('ports', () => {
  it('are counted and added; nothing else in the definition changes', async () => {
    const guest = running(onPc('win', 1));
    expect(await guestPorts(context(), link, 'win', { add: 0, dryRun: false })).toMatchObject({ live: 1, config: 1, applied: false });
    expect(await guestPorts(context(), link, 'win', { add: 0, dryRun: false })).toMatchObject({ versions: { libvirt: '11.3.0', qemu: '10.0', said: true } });
    const before = guest.config ?? '';
    expect(await guestPorts(context(), link, 'win', { add: 2, dryRun: true })).toMatchObject({ added: 2, applied: false });
    expect(guest.config).toBe(before);
    expect(await guestPorts(context(), link, 'win', { add: 2, dryRun: false })).toMatchObject({ live: 1, config: 3, applied: true });
    expect(guest.live).not.toContain("index='3'");
  });

  it('are added by the step that the dry run shows, which is written down; a crash before or behind it is recovered', async () => {
    const guest = running(onPc('win', 1));
    const wish = { add: 2, stateDirectory };
    const shown = await guestPorts(context(), link, 'win', { ...wish, dryRun: true });
    expect(shown.steps.map(formatStep)).toEqual(['add 2 root ports to the definition of win  # functions can be plugged in after the next start']);
    expect((await guestPorts(context(), link, 'win', { ...wish, dryRun: false })).steps).toEqual(shown.steps);
    expect((await readHistory(stateDirectory)).entries).toMatchObject([{ verb: 'ports add', subject: 'win', from: '1 port', to: '3 ports', outcome: 'done' }]);
    const begun = (await openJournal(stateDirectory).read()).find(({ kind }) => kind === 'begin');
    for (const [count, outcome] of [
      [5, 'old'],
      [3, 'new'],
    ] as const) {
      await withLock(stateDirectory, (lock) =>
        journalUnder(lock).append({ ...(begun as BeginRecord), id: outcome, wanted: { ports: 'added', count: String(count) } }),
      );
      expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ verb: 'ports add', outcome }]);
    }
    expect(guest.config?.match(/model='pcie-root-port'/g)).toHaveLength(3);
  });

  it('are reported as they were added, not as they were planned before the lock was there', async () => {
    const guest = fake.qemu.define(onPc('win', 1));
    let looks = 0;
    let startsAt = Infinity;
    const counting = new Proxy(link, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name, target);
        if (typeof found !== 'function') return found;
        return (...args: unknown[]): unknown => {
          if (name === 'get' && ++looks === startsAt) fake.qemu.start(guest, false);
          return Reflect.apply(found, target, args) as unknown;
        };
      },
    });
    const wish = { add: 1, stateDirectory };
    expect(await guestPorts(context(), counting, 'win', { ...wish, dryRun: true })).toMatchObject({ state: 'shut off', live: null });
    startsAt = 2 * looks + 1;
    expect(await guestPorts(context(), counting, 'win', { ...wish, dryRun: false })).toMatchObject({ state: 'running', live: 1, config: 2, applied: true });
  });

  it('are not added to a guest whose last addition was interrupted, before that is recovered; to another of its name they are', async () => {
    const guest = fake.qemu.define(onPc('win', 1));
    const wish = { add: 1, dryRun: false, stateDirectory };
    await guestPorts(context(), link, 'win', wish);
    const begun = (await openJournal(stateDirectory).read()).find(({ kind }) => kind === 'begin') as BeginRecord;
    const interrupted = (id: string, facts: Readonly<Record<string, string>>): Promise<void> =>
      withLock(stateDirectory, (lock) => journalUnder(lock).append({ ...begun, id, before: { ...begun.before, ...facts } }));
    await interrupted('another', { guest: '00000000-0000-4000-8000-000000000000' });
    expect(await guestPorts(context(), link, 'win', wish)).toMatchObject({ config: 3, applied: true });
    await interrupted('same', {});
    await expect(guestPorts(context(), link, 'win', wish)).rejects.toMatchObject({ code: 'recovery-needed' });
    expect(guest.config?.match(/model='pcie-root-port'/g)).toHaveLength(3);
  });

  it('are not for guests whose slots are all free', async () => {
    running(onZ('web'));
    await expect(guestPorts(context(), link, 'web', { add: 1, dryRun: false })).rejects.toMatchObject({
      code: 'option-conflict',
      hint: expect.stringContaining('free slots') as string,
    });
    await expect(guestPorts(context(), link, 'web', { add: 65, dryRun: false })).rejects.toMatchObject({ code: 'usage' });
  });
});
