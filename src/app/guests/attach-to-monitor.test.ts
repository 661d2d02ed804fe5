import { afterEach, describe, expect, it } from 'vitest';
import { context, options, port, stateDirectory, useGuests } from '../../../test/guests.ts';
import { openJournal } from '../../execute/journal/journal.ts';
import { openRecords } from '../../execute/recover.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import { type FakeQmp, startFakeQmp } from '../../testing/fake-qmp.ts';
import { prepareFunctions } from '../prepare.ts';
import { recoverChanges } from '../recover-changes.ts';
import { attachToMonitor } from './attach-to-monitor.ts';
import { detachFromMonitor } from './detach-from-monitor.ts';
import type { GuestChangeOptions } from './run-change.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const OTHER: FakeFunction = { address: '0009:00:00.0', driver: 'nvme', iommuGroup: 2, express: true };
const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } };
const MATES = ['0000:05:00.0', '0000:05:00.1'].map((address): FakeFunction => ({ address, driver: 'nvme', iommuGroup: 5, express: true })) as [
  FakeFunction,
  FakeFunction,
];
const at = parsePciAddress;

useGuests([NVME, OTHER, NIC, ...MATES]);

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
    const multifunction = { source: at(NVME.address), multifunction: true };
    await expect(attachToMonitor(context(), qmp.socket, [multifunction], options())).rejects.toMatchObject({ code: 'hostdev-present' });
    await detach(NVME.address);
    expect(port.driverOf(NVME.address)).toBe('nvme');
    await detach(OTHER.address, { release: false });
    expect(port.driverOf(OTHER.address)).toBe('vfio-pci');
    expect(await detach(OTHER.address)).toMatchObject({ functions: [], steps: [], unchanged: [OTHER.address] });
  });

  it('is left as it is where it is as asked for already', async () => {
    await start();
    await attach([NVME.address]);
    const writes = port.writes.length;
    const specs = [NVME.address, OTHER.address].map((address) => ({ source: at(address), managed: true }));
    expect(await attachToMonitor(context(), qmp.socket, specs.slice(0, 1), options())).toMatchObject({
      functions: [],
      applied: true,
      unchanged: [NVME.address],
    });
    expect(port.writes).toHaveLength(writes);
    expect(await attachToMonitor(context(), qmp.socket, specs, options())).toMatchObject({
      functions: [{ address: OTHER.address }],
      unchanged: [NVME.address],
    });
    expect(qmp.devices.size).toBe(2);
    const release = { ...options(), release: true };
    expect(await detachFromMonitor(context(), qmp.socket, [at(NVME.address), at(NIC.address)], release)).toMatchObject({
      functions: [{ address: NVME.address }],
      unchanged: [NIC.address],
    });
    expect(await detachFromMonitor(context(), qmp.socket, [at(NVME.address)], release)).toMatchObject({ functions: [], unchanged: [NVME.address] });
  });

  it('gets the rest of a group of which it has a function, and no function of a group that another one has', async () => {
    await start();
    await prepareFunctions(
      context(),
      MATES.map(({ address }) => at(address)),
      { dryRun: false, stateDirectory },
    );
    await attach([MATES[0].address]);
    const held = async (guest: string): Promise<void> => {
      await port.replaceFile('/proc/42/cmdline', `qemu-system-x86_64\0-name\0guest=${guest},debug-threads=on\0`);
      await port.replaceFile('/proc/42/fd/9', '→ /dev/vfio/5');
    };
    await held('another');
    await expect(attach([MATES[1].address])).rejects.toMatchObject({ code: 'function-held', message: expect.stringContaining('guest another') as string });
    await held('fake');
    await attach([MATES[1].address]);
    expect(qmp.devices.size).toBe(2);
    qmp.remove('hostdev-0000-05-00-0');
    qmp.remove('hostdev-0000-05-00-1');
    await expect(attach([MATES[1].address])).rejects.toMatchObject({ code: 'function-held' });
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

  it('of IBM Z that refuses the function, and does not give its zpci object back, is left with a record that is open', async () => {
    await start({ arch: 's390x' });
    qmp.fail.set('vfio-pci', 'no');
    qmp.failRemoval.set('zpci', 'it is in use');
    await expect(attach([NVME.address])).rejects.toMatchObject({ code: 'stuck', message: expect.stringMatching(/^no; .*-zpci.*it is in use/) as string });
    expect([...qmp.devices.keys()]).toEqual(['hostdev-0007-00-00-0-zpci']);
    expect(openRecords(await openJournal(stateDirectory).read())).toMatchObject([{ verb: 'attach' }]);
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ outcome: 'stuck', now: { live: 'in part' } }]);
    qmp.failRemoval.clear();
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ outcome: 'old', now: { live: 'no' } }]);
    expect([...qmp.devices.keys()]).toEqual([]);
    expect(openRecords(await openJournal(stateDirectory).read())).toEqual([]);
  });

  it("of IBM Z keeps a zpci object that somebody else's device has, or that only looks like ours", async () => {
    await start({ arch: 's390x' });
    qmp.add('hostdev-0009-00-00-0-zpci', { driver: 'zpci', uid: 7, fid: 7, target: 'hostdev-0009-00-00-0' });
    qmp.add('mine-zpci', { driver: 'zpci', uid: 8, fid: 8, target: 'mine' });
    qmp.fail.set('vfio-pci', 'no');
    await expect(attach([NVME.address])).rejects.toMatchObject({ code: 'qmp-refused' });
    expect([...qmp.devices.keys()]).toEqual(['hostdev-0009-00-00-0-zpci', 'mine-zpci']);
  });

  it('of IBM Z that lets a function go, and not its zpci object, is told of', async () => {
    await start({ arch: 's390x' });
    await attach([NVME.address]);
    qmp.failRemoval.set('zpci', 'it is in use');
    const told: string[] = [];
    await detach(NVME.address, { onProgress: (message) => told.push(message) });
    expect(told).toContainEqual(expect.stringMatching(/-zpci.*it is in use/));
    expect(port.driverOf(NVME.address)).toBe('nvme');
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
