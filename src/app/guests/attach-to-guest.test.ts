import { describe, expect, it } from 'vitest';
import { context, fake, hostdev, link, onPc, onZ, options, port, running, stateDirectory, useGuests } from '../../../test/guests.ts';
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { openJournal } from '../../execute/journal/journal.ts';
import { openRecords } from '../../execute/recover.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { type FakeFunction, fakeKernel } from '../../testing/fake-kernel.ts';
import { attachToGuest } from './attach-to-guest.ts';
import type { GuestChangeOptions } from './run-change.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const NIC: FakeFunction = { address: '0009:00:00.0', driver: 'igb', iommuGroup: 2, express: true };
const GPU: FakeFunction = { address: '000a:00:00.0', driver: 'nouveau', iommuGroup: 3 };
const AUDIO: FakeFunction = { address: '000a:00:00.1', driver: 'snd_hda_intel', iommuGroup: 3 };
const spec = (address: string, more: Partial<HostdevSpec> = {}): HostdevSpec => ({ source: parsePciAddress(address), ...more });

useGuests([NVME, NIC, GPU, AUDIO]);

const attach = (guest: string, specs: readonly HostdevSpec[], more: Partial<GuestChangeOptions> = {}): ReturnType<typeof attachToGuest> =>
  attachToGuest(context(), link, { word: guest, specs }, options(more));
const openInJournal = async (): Promise<string[]> => openRecords(await openJournal(stateDirectory).read()).map(({ verb, subject }) => `${verb} ${subject}`);

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

  it('of an interface whose function is no VF is refused to what runs', async () => {
    const guest = running(onZ('web'));
    await expect(attach('web', [spec(NIC.address, { interface: {} })])).rejects.toMatchObject({ code: 'vf-unreachable' });
    expect([guest.live, guest.config].join()).not.toContain("<interface type='hostdev'");
  });

  it('of an interface with a virtual port that a host device cannot have is refused to a definition too', async () => {
    const guest = fake.qemu.define(onZ('web'));
    const virtualport = { type: '802.1Qbg', parameters: { managerid: '1', typeid: '2', typeidversion: '3' } };
    await expect(attach('web', [spec(NIC.address, { interface: { virtualport } })])).rejects.toMatchObject({ code: 'interface-invalid' });
    expect(guest.config).not.toContain("<interface type='hostdev'");
  });

  it('of an interface that no VF is behind now is mentioned where only the definition gets it, and only once', async () => {
    const guest = fake.qemu.define(onZ('web'));
    const told = ({ notes }: { readonly notes: readonly { readonly code: string; readonly severity: string }[] }): string[] =>
      notes.flatMap(({ code, severity }) => (code === 'vf-unreachable' ? [severity] : []));
    expect(told(await attach('web', [spec(NIC.address, { interface: {} })]))).toEqual(['warning']);
    expect(guest.config).toContain("<interface type='hostdev'");
    expect(told(await attach('web', [spec(NVME.address)]))).toEqual([]);
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

  it('reports the steps that the dry run shows, also those that load a module', async () => {
    running(onZ('web'));
    const variant = fakeKernel([NVME], { drivers: [], modules: { 'vfio-pci': 'vfio-pci' } });
    const wish = { word: 'web', specs: [spec(NVME.address, { managed: false })] };
    const shown = await attachToGuest({ ...context(), port: variant }, link, wish, options({ dryRun: true }));
    expect(shown.steps[0]?.steps[0]).toMatchObject({ kind: 'load', module: 'vfio-pci' });
    expect((await attachToGuest({ ...context(), port: variant }, link, wish, options())).steps).toEqual(shown.steps);
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

  it('leaves what the guest has as it is, and asks nobody about it', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    const agree = async (): Promise<boolean> => false;
    expect(await attach('web', [spec(NVME.address)], { agree })).toMatchObject({ functions: [], steps: [], applied: true, unchanged: [NVME.address] });
    expect(await attach('web', [spec(NVME.address), spec(NIC.address)])).toMatchObject({
      functions: [{ address: NIC.address }],
      unchanged: [NVME.address],
    });
    expect(guest.live?.split('<hostdev')).toHaveLength(3);
  });

  it('refuses what the guest has otherwise than asked for, what another process holds, and half a group', async () => {
    running(onZ('web', hostdev('0x0007')));
    await expect(attach('web', [{ ...spec(NVME.address), zpci: { uid: 0x99 } }])).rejects.toMatchObject({ code: 'hostdev-present' });
    await expect(attach('web', [spec(GPU.address)])).rejects.toMatchObject({ code: 'group-incomplete' });
    await expect(attach('web', [spec(GPU.address)], { scope: 'config' })).rejects.toMatchObject({
      code: 'group-incomplete',
      hint: 'the next start of the guest takes a group as a whole: add --group to give all of it; --force writes it all the same',
    });
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
