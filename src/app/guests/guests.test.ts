import { describe, expect, it } from 'vitest';
import { appendRecords } from '../../../test/journal.ts';
import { context, fake, hostdev, link, onPc, onZ, options, port, running, stateDirectory, useGuests } from '../../../test/guests.ts';
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { openJournal } from '../../execute/journal/journal.ts';
import { openRecords } from '../../execute/recover.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import type { FakeGuest } from '../../testing/fake-libvirt/guest.ts';
import { recoverChanges } from '../recover-changes.ts';
import { prepareFunctions } from '../prepare.ts';
import { attachToGuest } from './attach-to-guest.ts';
import type { GuestChangeOptions } from './run-change.ts';
import { detachFromGuest } from './detach-from-guest.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { listGuests } from './list-guests.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const NIC: FakeFunction = { address: '0009:00:00.0', driver: 'igb', iommuGroup: 2, express: true };
const GPU: FakeFunction = { address: '000a:00:00.0', driver: 'nouveau', iommuGroup: 3 };
const AUDIO: FakeFunction = { address: '000a:00:00.1', driver: 'snd_hda_intel', iommuGroup: 3 };
const spec = (address: string, more: Partial<HostdevSpec> = {}): HostdevSpec => ({ source: parsePciAddress(address), ...more });
const which = (address: string): { source: ReturnType<typeof parsePciAddress> } => ({ source: parsePciAddress(address) });

useGuests([NVME, NIC, GPU, AUDIO]);

const attach = (guest: string, specs: readonly HostdevSpec[], more: Partial<GuestChangeOptions> = {}): ReturnType<typeof attachToGuest> =>
  attachToGuest(context(), link, { word: guest, specs }, options(more));
const detach = (guest: string, addresses: readonly string[], more: Partial<GuestChangeOptions> = {}): ReturnType<typeof detachFromGuest> =>
  detachFromGuest(context(), link, { word: guest, selectors: addresses.map(which) }, options(more));
const openInJournal = async (): Promise<string[]> => openRecords(await openJournal(stateDirectory).read()).map(({ verb, subject }) => `${verb} ${subject}`);

/** Acts a moment after the guest was asked. */
const onceWaiting =
  (act: () => void): ((message: string) => void) =>
  (message) => {
    if (message.startsWith('waiting')) setTimeout(act, 30);
  };

describe('attach', () => {
  it('gives what runs and its definition the same place and the same ids', async () => {
    const guest = running(onZ('web'));
    const report = await attach('web', [spec(NVME.address)]);
    expect(report).toMatchObject({
      applied: true,
      functions: [{ address: NVME.address, guestAddress: '0000:00:01.0', uid: 1, fid: 0, live: true, config: true }],
    });
    for (const xml of [guest.live, guest.config]) expect(xml).toMatch(/slot='0x01' function='0x0'>\s*<zpci uid='0x0001' fid='0x00000000'\/>/);
    expect(await openInJournal()).toEqual([]);
  });

  it('takes ids and a place that are free in both, when the two differ', async () => {
    const guest = fake.qemu.define(onZ('web', hostdev('0x00aa', "<address type='pci'><zpci uid='0x0001' fid='0x00000000'/></address>")));
    fake.qemu.start(guest, false);
    // The definition has something else by now than what runs.
    fake.qemu.define(onZ('web', `${hostdev('0x00bb', "<address type='pci'><zpci uid='0x0002' fid='0x00000001'/></address>")}${hostdev('0x00cc')}`));
    const report = await attach('web', [spec(NVME.address)]);
    expect(report.functions).toMatchObject([{ guestAddress: '0000:00:03.0', uid: 3, fid: 2 }]);
    expect(guest.live).toContain("<zpci uid='0x0003' fid='0x00000002'/>");
    expect(guest.config).toContain("<zpci uid='0x0003' fid='0x00000002'/>");
  });

  it.each([
    ['current', 'running', true, false],
    ['current', 'shut off', false, true],
    ['live', 'running', true, false],
    ['config', 'running', false, true],
    ['live and config', 'running', true, true],
    ['persistent', 'running', true, true],
    ['persistent', 'shut off', false, true],
  ] as const)('--%s of a guest that is %s changes the one (%s) and the other (%s)', async (scope, state, live, config) => {
    const guest = fake.qemu.define(onZ('web'));
    if (state === 'running') fake.qemu.start(guest, false);
    await attach('web', [spec(NVME.address)], { scope });
    expect([guest.live?.includes('<hostdev') ?? false, guest.config?.includes('<hostdev')]).toEqual([live, config]);
  });

  it.each([
    ['live', 'guest-not-running'],
    ['live and config', 'guest-not-running'],
  ] as const)('--%s of a guest that does not run is refused', async (scope, code) => {
    fake.qemu.define(onZ('web'));
    await expect(attach('web', [spec(NVME.address)], { scope })).rejects.toMatchObject({ code });
  });

  it('--config of a guest without definition is refused', async () => {
    fake.qemu.create(onZ('web'), false);
    await expect(attach('web', [spec(NVME.address)], { scope: 'config' })).rejects.toMatchObject({ code: 'guest-transient' });
    await expect(attach('web', [spec(NVME.address)], { scope: 'persistent' })).rejects.toMatchObject({ code: 'guest-transient' });
  });

  it('finds the guest by uuid and id as well', async () => {
    const guest = running(onZ('web'));
    await attach(guest.uuid, [spec(NVME.address)], { scope: 'live' });
    await attach(String(guest.id), [spec(NIC.address)], { scope: 'live' });
    expect(guest.live?.match(/<hostdev/g)).toHaveLength(2);
  });

  it('changes nothing in a dry run, and nothing when nobody agrees', async () => {
    const guest = running(onZ('web'));
    const before = [guest.live, guest.config];
    const report = await attach('web', [spec(NVME.address)], { dryRun: true });
    expect(report.applied).toBe(false);
    expect(report.steps.map(({ on, what }) => `${on} ${what}`)).toEqual([
      'host 0007:00:00.0: nvme → vfio-pci, by libvirt',
      'guest 0007:00:00.0: attach to the guest that runs and its definition as 0000:00:01.0, uid 0x0001, fid 0x00000000',
    ]);
    await expect(attach('web', [spec(NVME.address)], { agree: async () => false })).rejects.toMatchObject({ code: 'change-unconfirmed' });
    expect([guest.live, guest.config]).toEqual(before);
    expect(port.writes).toEqual([]);
  });

  it('of several functions undoes those before the one that fails', async () => {
    const guest = running(onZ('web'));
    const before = [guest.live, guest.config];
    const failing = attach('web', [spec(NVME.address), spec(NIC.address)], {
      onProgress: (message) => {
        if (message.includes('0009')) guest.failAttach = { live: 'operation failed: QEMU has had enough' };
      },
    });
    await expect(failing).rejects.toMatchObject({ code: 'libvirt-refused', message: expect.stringContaining('had enough') as string });
    const squeeze = (xml: string | undefined): string => (xml ?? '').replaceAll(/\s+/g, '');
    expect([guest.live, guest.config].map(squeeze)).toEqual(before.map(squeeze));
    expect(await openInJournal()).toEqual([]);
  });

  it('refuses what the guest has, what another process holds, and half a group', async () => {
    running(onZ('web', hostdev('0x0007')));
    await expect(attach('web', [spec(NVME.address)])).rejects.toMatchObject({ code: 'hostdev-present' });
    await expect(attach('web', [spec(GPU.address)])).rejects.toMatchObject({ code: 'group-incomplete' });
    await expect(attach('web', [spec('000b:00:00.0')])).rejects.toMatchObject({ code: 'function-unknown' });
    await port.replaceFile('/proc/42/fd/9', '→ /dev/vfio/2');
    await port.replaceFile('/proc/42/comm', 'qemu-system-s39\n');
    await expect(attach('web', [spec(NIC.address)])).rejects.toMatchObject({ code: 'function-held' });
  });

  it('says before it starts when there is no free port, and how to get one', async () => {
    running(onPc('win', 1));
    await attach('win', [spec(NVME.address)]);
    await expect(attach('win', [spec(NIC.address)], { scope: 'live' })).rejects.toMatchObject({
      code: 'guest-no-slot',
      hint: expect.stringContaining("'hostdev ports win --add 1' gives") as string,
    });
    expect(port.writes).toEqual([]);
  });

  it('does not plug in several functions as one, which libvirt does not either', async () => {
    running(onPc('win', 2));
    const guestAddress = parsePciAddress('0000:02:00.0');
    const both = [spec(GPU.address, { guestAddress, multifunction: true }), spec(AUDIO.address, { guestAddress: { ...guestAddress, function: 1 } })];
    await expect(attach('win', both, { scope: 'live' })).rejects.toMatchObject({
      code: 'guest-address-invalid',
      hint: expect.stringContaining('qmp:') as string,
    });
    await attach('win', both, { scope: 'config' });
  });

  it('takes an unmanaged function to vfio-pci itself, and gives it back when the guest does not want it', async () => {
    const guest = running(onZ('web'));
    guest.failAttach = { live: 'operation failed: no' };
    await expect(attach('web', [spec(NVME.address, { managed: false })], { scope: 'live' })).rejects.toMatchObject({ code: 'libvirt-refused' });
    expect(port.driverOf(NVME.address)).toBe('nvme');
    guest.failAttach = {};
    await attach('web', [spec(NVME.address, { managed: false })], { scope: 'live' });
    expect(port.driverOf(NVME.address)).toBe('vfio-pci');
  });

  it('looks over a new connection what became of a call when the old one is lost', async () => {
    const guest = running(onZ('web'));
    fake.qemu.listeners.add((notice) => {
      if (notice.kind === 'added') fake.cut();
    });
    await attach('web', [spec(NVME.address)]);
    expect(guest.live).toContain('<hostdev');
    expect(guest.config).toContain('<hostdev');
  });
});

describe('detach', () => {
  it('takes the function from what runs, then from the definition', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    const report = await detach('web', [NVME.address]);
    expect(report.functions).toMatchObject([{ address: NVME.address, guestAddress: '0000:00:01.0', uid: 1, fid: 0 }]);
    expect([guest.live, guest.config].map((xml) => xml?.includes('<hostdev'))).toEqual([false, false]);
  });

  it.each([
    ['refuses to let go', 'refuse', /it has refused/],
    ['does not react', 'ignore', /its system does not react/],
  ] as const)('from a guest that %s tells the truth and leaves all as it is', async (_, onDetach, message) => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.onDetach = onDetach;
    await expect(detach('web', [NVME.address], { timeoutMs: 60 })).rejects.toMatchObject({
      code: 'guest-holds-on',
      message: expect.stringMatching(message) as string,
    });
    expect([guest.live, guest.config].map((xml) => xml?.includes('<hostdev'))).toEqual([true, true]);
    expect(guest.asked).toBe(1);
    expect(await openInJournal()).toEqual([]);
  });

  it('asks the guest, however long the daemon took to answer before', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.onDetach = 'refuse';
    await expect(detach('web', [NVME.address], { timeoutMs: 0 })).rejects.toMatchObject({ message: expect.stringContaining('it has refused to') as string });
    expect(guest.asked).toBe(1);
  });

  it('from a guest that is paused says so', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.paused = true;
    await expect(detach('web', [NVME.address], { timeoutMs: 60 })).rejects.toMatchObject({ message: expect.stringContaining('it is paused') as string });
  });

  it('of several gives back to the guest what it had let go, when another one stays', async () => {
    const guest = running(onZ('web', hostdev('0x0007') + hostdev('0x0009')));
    const refusing = detach('web', [NVME.address, NIC.address], {
      onProgress: (message) => {
        if (message.includes(NIC.address)) guest.onDetach = 'refuse';
      },
    });
    await expect(refusing).rejects.toMatchObject({ code: 'guest-holds-on' });
    for (const xml of [guest.live, guest.config]) {
      expect(xml?.match(/<hostdev/g)).toHaveLength(2);
      expect(xml).toMatch(/domain='0x0007'[\s\S]*?<zpci uid='0x0001' fid='0x00000000'\/>|<zpci uid='0x0001' fid='0x00000000'\/>[\s\S]*?domain='0x0007'/);
    }
  });

  it('does not take the refusal of another device for one of ours', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.onDetach = 'ignore';
    await detach('web', [NVME.address], {
      onProgress: onceWaiting(() => {
        for (const listener of fake.qemu.listeners) listener({ kind: 'failed', guest, alias: 'net0' });
        fake.qemu.detach(Object.assign(guest, { onDetach: 'release' }), { alias: 'hostdev0' }, 1);
      }),
    });
    expect(guest.live).not.toContain('<hostdev');
  });

  it('ends when the guest ends meanwhile', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.onDetach = 'ignore';
    await detach('web', [NVME.address], { onProgress: onceWaiting(() => fake.qemu.destroy(guest)) });
    expect(guest.config).not.toContain('<hostdev');
  });

  it('goes on when the daemon is restarted meanwhile', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.onDetach = 'ignore';
    await detach('web', [NVME.address], {
      onProgress: onceWaiting(() => {
        fake.cut();
        // The request is made again ten seconds after the first; the guest lets go before.
        fake.qemu.detach(Object.assign(guest, { onDetach: 'release' }), { alias: 'hostdev0' }, 1);
      }),
    });
    expect(guest.live).not.toContain('<hostdev');
  });

  it('says what the guest has instead', async () => {
    running(onZ('web', hostdev('0x0007')));
    await expect(detach('web', [NIC.address])).rejects.toMatchObject({ code: 'hostdev-absent', hint: 'it has 0007:00:00.0' });
    await expect(detach('nobody', [NIC.address])).rejects.toMatchObject({ code: 'guest-unknown' });
  });
});

describe('what is undone', () => {
  const abort = (more: string): { signal: AbortSignal; onProgress: (message: string) => void } => {
    const controller = new AbortController();
    return {
      signal: controller.signal,
      onProgress: (message) => {
        if (message.includes(more)) controller.abort();
      },
    };
  };

  it('after Ctrl-C is undone all the same: the guest is asked to let go of what it had already', async () => {
    const guest = running(onZ('web'));
    await expect(attach('web', [spec(NVME.address), spec(NIC.address)], abort(NVME.address))).rejects.toMatchObject({ code: 'interrupted' });
    expect([guest.live, guest.config].map((xml) => xml?.includes('<hostdev'))).toEqual([false, false]);
    expect(await openInJournal()).toEqual([]);
  });

  it('that cannot be undone is said, and stays open; the definition is put right whatever the guest does', async () => {
    const guest = running(onZ('web', hostdev('0x0007') + hostdev('0x0009')));
    const failing = detach('web', [NVME.address, NIC.address], {
      onProgress: (message) => {
        if (!message.includes(NIC.address)) return;
        guest.onDetach = 'refuse';
        guest.failAttach = { live: 'operation failed: no' };
      },
    });
    await expect(failing).rejects.toMatchObject({ code: 'stuck', message: expect.stringMatching(/not let go[\s\S]*could not be undone/) as string });
    expect(guest.config).toContain("domain='0x0007'");
    expect(await openInJournal()).toEqual([`attach ${NVME.address} in web`]);
    guest.failAttach = {};
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ outcome: 'new' }]);
    expect(guest.live).toContain("domain='0x0007'");
  });

  it('is not begun when the guest is another one than the one that was shown', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    const agree = async (): Promise<boolean> => {
      fake.qemu.destroy(guest);
      return true;
    };
    await expect(detach('web', [NVME.address], { scope: 'current', agree })).rejects.toMatchObject({
      code: 'guest-changed',
      message: 'web has ended since the plan was made; nothing was done',
    });
    expect(guest.config).toContain('<hostdev');
  });
});

it('functions of another host are never taken from this one', async () => {
  running(onZ('web'));
  fake.qemu.nodeDevices.set('pci_0007_00_00_0', '<device><name>pci_0007_00_00_0</name><driver><name>nvme</name></driver></device>');
  const elsewhere = new Proxy(link, { get: (target, key) => (key === 'isLocal' ? false : bound(target, key)) });
  const options_ = options({ scope: 'live', force: true });
  await expect(attachToGuest(context(), elsewhere, { word: 'web', specs: [spec(NVME.address, { managed: false })] }, options_)).rejects.toMatchObject({
    code: 'function-not-prepared',
  });
  await attachToGuest(context(), elsewhere, { word: 'web', specs: [spec(NVME.address)] }, options_);
  expect(port.writes).toEqual([]);
});

function bound(target: LibvirtLink, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key, target);
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
}

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

it('guests shows what runs, what is defined, and what will surprise', async () => {
  const web = running(onZ('web', hostdev('0x0007')));
  web.autostart = true;
  fake.qemu.define(onZ('web', hostdev('0x00aa')));
  fake.qemu.define(onZ('idle'));
  const rows = await listGuests(context(), await link.get());
  expect(rows.map(({ name, state }) => [name, state])).toEqual([
    ['idle', 'shut off'],
    ['web', 'running'],
  ]);
  expect(rows[1]?.functions).toMatchObject([
    { address: NVME.address, uid: '0x0001', fid: '0x00000000', live: true, config: false, alias: 'hostdev0' },
    { address: '00aa:00:00.0', live: false, config: true },
  ]);
  expect(rows[1]?.warnings.map(({ message }) => message)).toEqual([
    '0007:00:00.0 is gone when the guest is started next: the definition does not have it',
    '00aa:00:00.0 comes when the guest is started next',
    'web starts with the host, but the host has no 00aa:00:00.0',
  ]);
});
