import { appendRecords } from '../../../test/journal.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { context, fake, hostdev, link, onPc, onZ, options, port, running, stateDirectory, useGuests } from '../../../test/guests.ts';
import { silenceSocket } from '../../../test/silent-server.ts';
import { connectLibvirt } from '../../libvirt/index.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import type { FakeGuest } from '../../testing/fake-libvirt/guest.ts';
import { type FakeQmp, startFakeQmp } from '../../testing/fake-qmp.ts';
import { recoverChanges } from '../recover-changes.ts';
import { watch, type WatchEvent } from '../watch.ts';
import { prepareFunctions } from '../prepare.ts';
import { lookingConnector } from './connect.ts';
import { checkMigration } from './migrate-check.ts';
import { attachFromPool } from './pool-attach.ts';
import { listPools } from './pool.ts';
import { createPool } from './pool-create.ts';
import { detachFromGuest } from './detach-from-guest.ts';
import { guestPorts } from './ports.ts';
import { attachToMonitor } from './attach-to-monitor.ts';
import { detachFromMonitor } from './detach-from-monitor.ts';
import { swapInGuest } from './swap-in-guest.ts';
import type { GuestChangeOptions } from './run-change.ts';
import { attachMissingToMonitor, detachPresentFromMonitor } from './unchanged.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const OTHER: FakeFunction = { address: '0009:00:00.0', driver: 'nvme', iommuGroup: 2, express: true };
const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } };
const at = parsePciAddress;

useGuests([NVME, OTHER, NIC]);

const has = (guest: FakeGuest, domain: string): boolean[] => [guest.live, guest.config].map((xml) => xml?.includes(`domain='${domain}'`) ?? false);

describe('swap', () => {
  const swap = (more: Partial<GuestChangeOptions> = {}): ReturnType<typeof swapInGuest> =>
    swapInGuest(context(), link, { word: 'web', old: at(NVME.address), next: at(OTHER.address) }, options(more));

  it('keeps address, uid and fid, in what runs and in the definition', async () => {
    const guest = running(
      onZ('web', hostdev('0x0007', "<address type='pci' domain='0' bus='0' slot='5' function='0'><zpci uid='0x0021' fid='0x00000055'/></address>")),
    );
    const report = await swap();
    expect(report.functions).toMatchObject([{ address: OTHER.address, guestAddress: '0000:00:05.0', uid: 0x21, fid: 0x55, live: true, config: true }]);
    expect(has(guest, '0x0009')).toEqual([true, true]);
    expect(has(guest, '0x0007')).toEqual([false, false]);
    for (const xml of [guest.live, guest.config]) expect(xml).toMatch(/slot='5'[^>]*>\s*<zpci uid='0x0021' fid='0x00000055'\/>/);
  });

  it('gives the old one back when the new one cannot be had, or when the old one stays', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.failAttach = { live: 'operation failed: no', of: '0x0009' };
    await expect(swap()).rejects.toMatchObject({ code: 'libvirt-refused' });
    expect([has(guest, '0x0007'), has(guest, '0x0009')]).toEqual([
      [true, true],
      [false, false],
    ]);
    guest.onDetach = 'refuse';
    await expect(swap()).rejects.toMatchObject({ code: 'guest-holds-on' });
    expect([has(guest, '0x0007'), has(guest, '0x0009')]).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it.each([
    [OTHER.address, NVME.address, 'hostdev-absent'],
    [NVME.address, NVME.address, 'address-twice'],
    [NVME.address, '000f:00:00.0', 'function-unknown'],
  ])('refuses %s → %s', async (old, next, code) => {
    running(onZ('web', hostdev('0x0007')));
    await expect(swapInGuest(context(), link, { word: 'web', old: at(old), next: at(next) }, options())).rejects.toMatchObject({ code });
  });

  it('that was interrupted goes back to the old one', async () => {
    const guest = running(onZ('web'));
    fake.qemu.define(onZ('web', hostdev('0x0009')));
    const xml = hostdev('0x0007');
    await appendRecords(stateDirectory, {
      ...{ kind: 'begin', id: 'a1', time: '2026-01-01T00:00:00Z', boot: 'b', verb: 'detach', subject: `${NVME.address} in web`, by: 'root (pid 1)' },
      before: {
        uri: `qemu+unix:///system?socket=${fake.socket}`,
        guest: guest.uuid,
        replacement: OTHER.address,
        live: 'yes',
        config: 'yes',
        liveXml: xml,
        configXml: xml,
      },
      wanted: { live: 'no', config: 'no' },
    });
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ outcome: 'old' }]);
    expect(has(guest, '0x0007')).toEqual([true, true]);
    expect(has(guest, '0x0009')).toEqual([false, false]);
  });
});

describe('ports', () => {
  it('are counted and added; nothing else in the definition changes', async () => {
    const guest = running(onPc('win', 1));
    expect(await guestPorts(link, 'win', { add: 0, dryRun: false })).toMatchObject({ live: 1, config: 1, applied: false });
    const before = guest.config ?? '';
    expect(await guestPorts(link, 'win', { add: 2, dryRun: true })).toMatchObject({ added: 2, applied: false });
    expect(guest.config).toBe(before);
    expect(await guestPorts(link, 'win', { add: 2, dryRun: false })).toMatchObject({ live: 1, config: 3, applied: true });
    expect(guest.live).not.toContain("index='3'");
  });

  it('are not for guests whose slots are all free', async () => {
    running(onZ('web'));
    await expect(guestPorts(link, 'web', { add: 1, dryRun: false })).rejects.toMatchObject({
      code: 'option-conflict',
      hint: expect.stringContaining('free slots') as string,
    });
    await expect(guestPorts(link, 'web', { add: 65, dryRun: false })).rejects.toMatchObject({ code: 'usage' });
  });
});

it('migrate-check tells what blocks, what stands in, and what may be moved', async () => {
  const teamed = `<interface type='hostdev' managed='yes'><source><address type='pci' domain='0' bus='2' slot='0' function='0'/></source><teaming type='transient' persistent='ua-standby'/></interface>`;
  running(onZ('web', hostdev('0x0007') + teamed));
  const report = await checkMigration(context(), link, 'web');
  expect(report.blocked).toBe(true);
  expect(report.findings.map(({ device, effect }) => [device, effect])).toEqual([
    ['0007:00:00.0', 'blocks'],
    ['0000:02:00.0', 'replaced'],
  ]);
});

describe('pools', () => {
  it('are made of a physical function, shown, and given from; the interface is found again by its MAC address', async () => {
    const libvirt = await link.get();
    const xml = await createPool(context(), libvirt, { name: 'vfs', addresses: [at(NIC.address)] }, { dryRun: true, autostart: false });
    expect(xml).toContain("<pf dev='eno1'/>");
    expect(await listPools(context(), libvirt)).toEqual([]);
    await createPool(context(), libvirt, { name: 'vfs', addresses: [at(NIC.address)] }, { dryRun: false, autostart: true });
    expect(await listPools(context(), libvirt)).toMatchObject([{ name: 'vfs', active: true, managed: true, physicalInterfaces: ['eno1'] }]);
    const guest = running(onPc('win', 3));
    const report = await attachFromPool(context(), link, { word: 'win', network: 'vfs', mac: '52:54:00:00:00:07', vlan: undefined }, options());
    expect(report.functions).toMatchObject([
      { address: '52:54:00:00:00:07 of pool vfs', guestAddress: expect.stringMatching(/^0000:0[1-3]:00\.0$/) as string },
    ]);
    expect(guest.config).toContain("<source network='vfs'/>");
    expect(guest.live).toMatch(/<interface type='hostdev'[\s\S]*52:54:00:00:00:07/);
    await detachFromGuest(context(), link, { word: 'win', selectors: [{ mac: '52:54:00:00:00:07', pools: ['vfs'] }] }, options());
    for (const each of [guest.live, guest.config]) expect(each).not.toContain('<interface');
  });

  it('of a teaming pair, the function is meant and not its partner with the same MAC address', async () => {
    const libvirt = await link.get();
    await createPool(context(), libvirt, { name: 'vfs', addresses: [at(NIC.address)] }, { dryRun: false, autostart: false });
    const standby = "<interface type='network'><mac address='52:54:00:00:00:07'/><source network='default'/><model type='virtio'/></interface>";
    const guest = running(onPc('win', 3).replace('<memballoon', `${standby}<memballoon`));
    await attachFromPool(context(), link, { word: 'win', network: 'vfs', mac: '52:54:00:00:00:07', vlan: undefined }, options());
    await detachFromGuest(context(), link, { word: 'win', selectors: [{ mac: '52:54:00:00:00:07', pools: ['vfs'] }] }, options());
    for (const each of [guest.live, guest.config]) expect(each?.match(/<interface/g)).toHaveLength(1);
    expect(guest.config).toContain("<source network='default'/>");
  });

  it.each([
    ['a name that is none', 'a b', NIC.address, 'usage'],
    ['a function without virtual ones', 'vfs', NVME.address, 'sriov-missing'],
    ['a name that is taken', 'taken', NIC.address, 'option-conflict'],
  ])('are not made with %s', async (_, name, address, code) => {
    fake.qemu.defineNetwork('<network><name>taken</name></network>');
    await expect(createPool(context(), await link.get(), { name, addresses: [at(address)] }, { dryRun: false, autostart: false })).rejects.toMatchObject({
      code,
    });
    expect(fake.qemu.networks.size).toBe(1);
  });

  it('that are none are not given from', async () => {
    running(onZ('web'));
    fake.qemu.defineNetwork("<network><name>nat</name><forward mode='nat'/></network>");
    for (const network of ['nat', 'nowhere']) {
      await expect(attachFromPool(context(), link, { word: 'web', network, mac: undefined, vlan: undefined }, options())).rejects.toMatchObject({
        code: 'network-unknown',
      });
    }
  });
});

describe("a QEMU's monitor", () => {
  let qmp: FakeQmp;
  const start = async (more: Parameters<typeof startFakeQmp>[0] = { ports: ['rp0', 'rp1'] }): Promise<void> => {
    qmp = await startFakeQmp(more);
  };
  afterEach(() => qmp?.stop());
  const attach = (addresses: readonly string[], more: object = {}): ReturnType<typeof attachToMonitor> =>
    attachToMonitor(
      context(),
      qmp.socket,
      addresses.map((address) => ({ source: at(address), ...more })),
      options(),
    );
  const detach = (address: string, more: Partial<GuestChangeOptions & { release: boolean }> = {}): ReturnType<typeof detachFromMonitor> =>
    detachFromMonitor(context(), qmp.socket, [at(address)], { ...options(), release: true, ...more });

  it('gets a function that the host has prepared, in a free port, and gives it back', async () => {
    await start();
    await attach([NVME.address]);
    expect(port.driverOf(NVME.address)).toBe('vfio-pci');
    expect(Object.fromEntries(qmp.devices)).toEqual({ 'hostdev-0007-00-00-0': { driver: 'vfio-pci', host: NVME.address, bus: 'rp0' } });
    await attach([OTHER.address]);
    expect(qmp.devices.get('hostdev-0009-00-00-0')).toMatchObject({ bus: 'rp1' });
    await expect(attach([NVME.address])).rejects.toMatchObject({ code: 'hostdev-present' });
    await detach(NVME.address);
    expect(port.driverOf(NVME.address)).toBe('nvme');
    await detach(OTHER.address, { release: false });
    expect(port.driverOf(OTHER.address)).toBe('vfio-pci');
    await expect(detach(OTHER.address)).rejects.toMatchObject({ code: 'hostdev-absent' });
  });

  it('is left as it is where it is as asked for already', async () => {
    await start();
    await attach([NVME.address]);
    const writes = port.writes.length;
    const specs = [NVME.address, OTHER.address].map((address) => ({ source: at(address), managed: true }));
    expect(await attachMissingToMonitor(context(), qmp.socket, specs.slice(0, 1), options())).toMatchObject({
      functions: [],
      applied: true,
      unchanged: [NVME.address],
    });
    expect(port.writes).toHaveLength(writes);
    expect(await attachMissingToMonitor(context(), qmp.socket, specs, options())).toMatchObject({
      functions: [{ address: OTHER.address }],
      unchanged: [NVME.address],
    });
    expect(qmp.devices.size).toBe(2);
    const release = { ...options(), release: true };
    expect(await detachPresentFromMonitor(context(), qmp.socket, [at(NVME.address), at(NIC.address)], release)).toMatchObject({
      functions: [{ address: NVME.address }],
      unchanged: [NIC.address],
    });
    expect(await detachPresentFromMonitor(context(), qmp.socket, [at(NVME.address)], release)).toMatchObject({ functions: [], unchanged: [NVME.address] });
  });

  it('without a free port refuses, and the host is not touched', async () => {
    await start({ ports: ['rp0'] });
    await expect(attach([NVME.address, OTHER.address])).rejects.toMatchObject({ code: 'guest-no-slot' });
    expect(port.writes).toEqual([]);
  });

  it('that fails gives all back, guest and host', async () => {
    await start();
    qmp.fail.set('vfio-pci', 'vfio 0007:00:00.0: group 1 is not viable');
    await expect(attach([NVME.address])).rejects.toMatchObject({ code: 'qmp-refused', message: expect.stringContaining('not viable') as string });
    expect(port.driverOf(NVME.address)).toBe('nvme');
    expect(qmp.devices.size).toBe(0);
  });

  it('gets several functions as one device, function 0 last', async () => {
    await start();
    await attachToMonitor(context(), qmp.socket, [{ source: at(NVME.address), multifunction: true }, { source: at(OTHER.address) }], options());
    expect([...qmp.devices.entries()].map(([id, { addr, bus }]) => [id, addr, bus])).toEqual([
      ['hostdev-0009-00-00-0', '0.1', 'rp0'],
      ['hostdev-0007-00-00-0', '0.0', 'rp0'],
    ]);
    await expect(detach(OTHER.address)).rejects.toMatchObject({ code: 'option-conflict', message: expect.stringContaining('would go with it') as string });
  });

  it('of IBM Z gets uid and fid beside it, the lowest that are free', async () => {
    await start({ arch: 's390x' });
    await attach([NVME.address], { zpci: { uid: 1 } });
    await attach([OTHER.address]);
    expect(qmp.devices.get('hostdev-0007-00-00-0-zpci')).toMatchObject({ driver: 'zpci', uid: 1, fid: 0, target: 'hostdev-0007-00-00-0' });
    expect(qmp.devices.get('hostdev-0009-00-00-0-zpci')).toMatchObject({ uid: 2, fid: 1 });
    await detach(NVME.address);
    expect([...qmp.devices.keys()].filter((id) => id.includes('0007'))).toEqual([]);
  });

  it('keeps the connection when we are interrupted: what was begun is undone, and nothing is called gone that is not', async () => {
    await start();
    const controller = new AbortController();
    const interrupted = {
      ...options(),
      signal: controller.signal,
      onProgress: (message: string) => (message.includes(OTHER.address) ? controller.abort() : undefined),
    };
    await expect(attachToMonitor(context(), qmp.socket, [{ source: at(NVME.address) }, { source: at(OTHER.address) }], interrupted)).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(qmp.devices.size).toBe(0);
    expect([port.driverOf(NVME.address), port.driverOf(OTHER.address)]).toEqual(['nvme', 'nvme']);
    await attach([NVME.address]);
    qmp.onDetach = 'ignore';
    const again = new AbortController();
    const waiting = detach(NVME.address, { signal: again.signal, onProgress: () => setTimeout(() => again.abort(), 20), timeoutMs: 60_000 });
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    expect(port.driverOf(NVME.address)).toBe('vfio-pci');
  });

  it.each([
    ['refuse', 20_000, /has refused/],
    ['ignore', 50, /has not reacted/],
  ] as const)('whose guest does %s keeps the function, and the host driver does not get it', async (onDetach, timeoutMs, message) => {
    await start();
    await attach([NVME.address]);
    qmp.onDetach = onDetach;
    await expect(detach(NVME.address, { timeoutMs })).rejects.toMatchObject({ code: 'guest-holds-on', message: expect.stringMatching(message) as string });
    expect(port.driverOf(NVME.address)).toBe('vfio-pci');
  });
});

it('watch tells what changes on the host and in guests, and that libvirt went and came back', async () => {
  const events: WatchEvent[] = [];
  const stop = new AbortController();
  const watching = watch(port, {
    signal: stop.signal,
    everyMs: 10,
    reconnectMs: 50,
    onEvent: (event) => events.push(event),
    now: () => '2026-01-01T00:00:00Z',
    connect: () => connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`),
  });
  const lines = (): string[] => events.map(({ subject, event, detail }) => `${subject} ${event}: ${detail}`);
  await expect.poll(() => fake.qemu.listeners.size).toBeGreaterThan(0);
  await expect.poll(() => port.driverOf(NVME.address)).toBe('nvme');
  await prepareFunctions(context(), [at(NVME.address)], { dryRun: false, stateDirectory });
  await expect.poll(lines).toContain('0007:00:00.0 driver changed: nvme → vfio-pci');
  port.vanish(OTHER.address);
  await expect.poll(lines).toContain('0009:00:00.0 function gone: was with nvme');
  const guest = running(onZ('web'));
  fake.qemu.attach(guest, hostdev('0x0007'), 1);
  await expect.poll(lines).toContain('web attached: hostdev0');
  fake.qemu.detach(guest, { alias: 'hostdev0' }, 1);
  await expect.poll(lines).toContain('web detached: hostdev0');
  fake.cut();
  await expect.poll(lines).toContain(`qemu+unix:///system?socket=${fake.socket} libvirt found: events come again`);
  stop.abort();
  await watching;
  expect(lines()).toContain('web guest started: started');
});

it('watch ends when it is told to, also while it waits for a libvirt that says nothing', async () => {
  const stop = new AbortController();
  const connect = lookingConnector(`qemu+unix:///system?socket=${fake.socket}`, stop.signal);
  const watching = watch(port, { signal: stop.signal, everyMs: 10, reconnectMs: 50, onEvent: () => undefined, now: () => '', connect });
  await expect.poll(() => fake.qemu.listeners.size).toBeGreaterThan(0);
  const silent = await silenceSocket(fake.socket);
  fake.cut();
  await expect.poll(() => silent.sockets.size).toBe(1);
  const began = performance.now();
  stop.abort();
  await watching;
  expect(performance.now() - began).toBeLessThan(5000);
  await silent.stop();
});
