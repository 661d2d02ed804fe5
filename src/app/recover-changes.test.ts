import { describe, expect, it } from 'vitest';
import { appendRecords } from '../../test/journal.ts';
import { context, fake, hostdev, link, onZ, options, port, running, stateDirectory, useGuests } from '../../test/guests.ts';
import type { HostdevSpec } from '../domain/hostdev-xml.ts';
import { openJournal } from '../execute/journal/journal.ts';
import type { BeginRecord } from '../execute/journal/record.ts';
import { openRecords } from '../execute/recover.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { FakeFunction } from '../testing/fake-kernel.ts';
import type { FakeGuest } from '../testing/fake-libvirt/guest.ts';
import { recoverChanges } from './recover-changes.ts';
import { prepareFunctions } from './prepare.ts';
import { attachToGuest } from './guests/attach-to-guest.ts';
import type { GuestChangeOptions } from './guests/run-change.ts';
import { bootId } from '../host/boot-id.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const NIC: FakeFunction = { address: '0009:00:00.0', driver: 'igb', iommuGroup: 2, express: true };
const GPU: FakeFunction = { address: '000a:00:00.0', driver: 'nouveau', iommuGroup: 3 };
const AUDIO: FakeFunction = { address: '000a:00:00.1', driver: 'snd_hda_intel', iommuGroup: 3 };
const spec = (address: string, more: Partial<HostdevSpec> = {}): HostdevSpec => ({ source: parsePciAddress(address), ...more });

useGuests([NVME, NIC, GPU, AUDIO]);

const attach = (guest: string, specs: readonly HostdevSpec[], more: Partial<GuestChangeOptions> = {}): ReturnType<typeof attachToGuest> =>
  attachToGuest(context(), link, { word: guest, specs }, options(more));
const openInJournal = async (): Promise<string[]> => openRecords(await openJournal(stateDirectory).read()).map(({ verb, subject }) => `${verb} ${subject}`);

describe('recover', () => {
  const record = (verb: 'attach' | 'detach', guest: FakeGuest, before: object, wanted: object): Promise<void> =>
    appendRecords(stateDirectory, {
      ...{ kind: 'begin', id: 'a1', time: '2026-01-01T00:00:00Z', boot: 'another', verb, subject: `${NVME.address} in ${guest.name}`, by: 'root (pid 1)' },
      before: { uri: `qemu+unix:///system?socket=${fake.socket}`, guest: guest.uuid, ...before },
      wanted: { ...wanted },
    });
  const recover = (): ReturnType<typeof recoverChanges> => recoverChanges(context(), stateDirectory);

  it.each([
    ['new', 'yes', 'yes'],
    ['old', 'yes', 'no'],
    ['old', 'no', 'yes'],
    ['old', 'no', 'no'],
  ])('of an attach is %s where what runs has it: %s, and the definition: %s', async (outcome, live, config) => {
    const guest = fake.qemu.define(onZ('web', live === 'yes' ? hostdev('0x0007') : ''));
    fake.qemu.start(guest, false);
    fake.qemu.define(onZ('web', config === 'yes' ? hostdev('0x0007') : ''));
    await record('attach', guest, { live: 'no', config: 'no' }, { live: 'yes', config: 'yes' });
    expect(await recover()).toMatchObject([{ verb: 'attach', outcome }]);
    const has = outcome === 'new';
    expect([guest.live, guest.config].map((xml) => xml?.includes('<hostdev'))).toEqual([has, has]);
    expect(await openInJournal()).toEqual([]);
  });

  it.each([
    ['has agreed to', ''],
    ['may have been asked for, and may agree to at any time', hostdev('0x0007')],
  ])('of a detach finishes what the guest %s', async (_, left) => {
    const guest = running(onZ('web', left));
    fake.qemu.define(onZ('web', hostdev('0x0007')));
    await record('detach', guest, { live: 'yes', config: 'yes' }, { live: 'no', config: 'no' });
    expect(await recover()).toMatchObject([{ outcome: 'new' }]);
    expect([guest.live, guest.config].map((xml) => xml?.includes('<hostdev'))).toEqual([false, false]);
  });

  it('comes first for the same function of the same guest; the host may be changed all the same', async () => {
    const guest = running(onZ('web'));
    await record('attach', guest, { live: 'no', config: 'no' }, { live: 'yes', config: 'yes' });
    await prepareFunctions(context(), [parsePciAddress(NIC.address)], { dryRun: false, stateDirectory });
    await expect(attach('web', [spec(NVME.address)])).rejects.toMatchObject({ code: 'recovery-needed' });
    await attach('web', [spec(NIC.address)]);
    expect(guest.live).not.toContain("domain='0x0007'");
  });

  it('of a guest that is gone has nothing to do; without libvirt it stays open', async () => {
    const guest = running(onZ('web'));
    await record('attach', guest, { live: 'no', config: 'no' }, { live: 'yes', config: 'yes' });
    await fake.stop();
    expect(await recover()).toMatchObject([{ outcome: 'stuck', reason: expect.stringContaining('cannot be reached') as string }]);
    expect(await openInJournal()).toHaveLength(1);
  });
});

describe('recover, and a function that the host uses', () => {
  /** A record of this boot. */
  const begun = async (id: string, verb: 'prepare' | 'release', before: object, wanted: object): Promise<void> =>
    appendRecords(stateDirectory, {
      ...{ kind: 'begin', id, time: '2026-01-01T00:00:00Z', boot: await bootId(port), verb, subject: NIC.address, by: 'root (pid 1)' },
      ...{ before, wanted },
    } as BeginRecord);
  const carriesTheDefaultRoute = async (): Promise<void> => {
    await port.replaceFile('/sys/class/net/eth0', `→ ../../devices/pci0009:00/${NIC.address}/net/eth0`);
    await port.replaceFile(
      '/proc/net/route',
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\n',
    );
  };

  it('does not take it from its driver, whatever a record says', async () => {
    await carriesTheDefaultRoute();
    await begun('r1', 'release', { driver: 'igb', override: null }, { driver: 'vfio-pci', override: 'vfio-pci' });
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([
      { outcome: 'stuck', reason: expect.stringMatching(/is in use by now: eth0 → default route/) as unknown },
    ]);
    expect(port.driverOf(NIC.address)).toBe('igb');
  });

  it.each<[string, object[]]>([
    ['two changes of one id', [{}, { verb: 'release' }]],
    ['a change that does not say from what to what', [{ before: {}, wanted: {} }]],
    ['a subject that is no function', [{ subject: '../../etc' }]],
  ])('does nothing at all where the journal has %s', async (_, records) => {
    for (const more of records) {
      await appendRecords(stateDirectory, {
        ...{ kind: 'begin', id: 'x', time: '2026-01-01T00:00:00Z', boot: await bootId(port), verb: 'prepare', subject: NIC.address, by: 'root (pid 1)' },
        ...{ before: { driver: 'igb' }, wanted: { driver: 'vfio-pci' } },
        ...more,
      } as BeginRecord);
    }
    const writes = port.writes.length;
    await expect(recoverChanges(context(), stateDirectory)).rejects.toMatchObject({ code: expect.stringMatching(/^journal-(?:damaged|newer)$/) as unknown });
    expect(port.writes.length).toBe(writes);
  });
});
