import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { holdLock } from '../../../test/another-hostdev.ts';
import { context, options, port, stateDirectory, useGuests } from '../../../test/guests.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { type FakeQmp, startFakeQmp } from '../../testing/fake-qmp.ts';
import type { GuestChangeOptions } from './run-change.ts';
import { attachToMonitor } from './attach-to-monitor.ts';
import { detachFromMonitor } from './detach-from-monitor.ts';

const NVME = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const OTHER = { address: '0009:00:00.0', driver: 'nvme', iommuGroup: 2, express: true };
const MATES = [
  { address: '0000:05:00.0', driver: 'igb', iommuGroup: 5, express: true },
  { address: '0000:05:00.1', driver: 'igb', iommuGroup: 5, express: true },
];

useGuests([NVME, OTHER, ...MATES]);
const at = parsePciAddress;

/** A file that QEMU has open: the group of what it was given. */
const QEMU = '/proc/4242/fd/7';

describe("a QEMU's monitor", () => {
  let qmp: FakeQmp;
  afterEach(() => qmp?.stop());
  const attach = (all: readonly { readonly address: string }[], more: Partial<GuestChangeOptions> = {}): ReturnType<typeof attachToMonitor> =>
    attachToMonitor(
      context(),
      qmp.socket,
      all.map(({ address }) => ({ source: at(address) })),
      options(more),
    );
  const drivers = (all: readonly { readonly address: string }[]): (string | undefined)[] => all.map(({ address }) => port.driverOf(address));
  const start = async (): Promise<void> => {
    qmp = await startFakeQmp({ ports: ['rp0', 'rp1'] });
  };

  it('that dies while it gets a function: the host has it back', async () => {
    await start();
    const dying = attach([NVME], { onProgress: (message) => (message.startsWith('attaching') ? void qmp.stop() : undefined) });
    await expect(dying).rejects.toMatchObject({ code: 'qmp-closed' });
    expect(drivers([NVME])).toEqual(['nvme']);
  });

  it('that does not give the first back when the second fails: the host has the second back, and it is said where the first is', async () => {
    await start();
    const failing = attach([NVME, OTHER], {
      timeoutMs: 20_000,
      onProgress: (message) => {
        if (!message.startsWith(`attaching ${OTHER.address} to`)) return;
        qmp.fail.set('vfio-pci', 'no');
        qmp.onDetach = 'refuse';
      },
    });
    await expect(failing).rejects.toMatchObject({ code: 'stuck', message: expect.stringMatching(/^no; and .*not let go of hostdev-0007/) as string });
    expect(drivers([NVME, OTHER])).toEqual(['vfio-pci', 'nvme']);
    expect([...qmp.devices.keys()]).toEqual(['hostdev-0007-00-00-0']);
  });

  it('that lets a whole group go: all of it goes back, which none can while QEMU has another', async () => {
    await start();
    await attach(MATES);
    await port.replaceFile('/proc/4242/comm', 'qemu-system-x86\n');
    await port.replaceFile(QEMU, '→ /dev/vfio/5');
    const closing = setInterval(() => {
      if (qmp.devices.size === 0) void port.replaceFile(QEMU, '');
    }, 1);
    const addresses = MATES.map(({ address }) => at(address));
    await detachFromMonitor(context(), qmp.socket, addresses, { ...options(), release: true });
    clearInterval(closing);
    expect(drivers(MATES)).toEqual(['igb', 'igb']);
  });

  it('that lets one of two go: the one goes back, the other stays, and both is said', async () => {
    await start();
    await attach([NVME, OTHER]);
    const detaching = detachFromMonitor(context(), qmp.socket, [at(NVME.address), at(OTHER.address)], {
      ...options({ timeoutMs: 20_000, onProgress: (message) => (message.includes(OTHER.address) ? (qmp.onDetach = 'refuse') : undefined) }),
      release: true,
    });
    await expect(detaching).rejects.toMatchObject({ code: 'guest-holds-on', message: expect.stringContaining('0009') as string });
    expect(drivers([NVME, OTHER])).toEqual(['nvme', 'vfio-pci']);
  });

  it('to which somebody else gives the function while we ask: it keeps it', async () => {
    await start();
    const agree = async (): Promise<boolean> => {
      qmp.add('hostdev-0007-00-00-0', { driver: 'vfio-pci', host: NVME.address, bus: 'rp0' });
      return true;
    };
    await expect(attach([NVME], { agree })).rejects.toMatchObject({ code: 'guest-changed' });
    expect([...qmp.devices.keys()]).toEqual(['hostdev-0007-00-00-0']);
    expect(port.writes).toEqual([]);
  });

  it('that has a device of that name already keeps it when ours is refused', async () => {
    await start();
    const onProgress = (message: string): void => {
      if (message.startsWith('attaching')) qmp.add('hostdev-0007-00-00-0', { driver: 'vfio-pci', host: NVME.address, bus: 'rp0' });
    };
    await expect(attach([NVME], { onProgress })).rejects.toMatchObject({ message: expect.stringContaining('Duplicate device ID') as string });
    expect([...qmp.devices.keys()]).toEqual(['hostdev-0007-00-00-0']);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'QEMU has it as another device',
      async () => (qmp.remove('hostdev-0007-00-00-0'), qmp.add('mine', { driver: 'vfio-pci', host: NVME.address, bus: 'rp0' })),
    ],
    ['it would go to another driver', () => port.write(`/sys/bus/pci/devices/${NVME.address}/driver_override`, 'uio_pci_generic')],
  ])('is not changed when what somebody agreed to is not so any more: %s', async (_, meanwhile) => {
    await start();
    await attach([NVME]);
    const agree = async (): Promise<boolean> => (await meanwhile(), true);
    const detaching = detachFromMonitor(context(), qmp.socket, [at(NVME.address)], { ...options({ agree }), release: true });
    await expect(detaching).rejects.toMatchObject({ code: 'guest-changed', message: expect.stringContaining('nothing was done') as string });
    expect(qmp.devices.size).toBe(1);
  });

  it('that takes a device out before it has answered is not waited for', async () => {
    await start();
    await attach([NVME]);
    qmp.onDetach = 'at once';
    const began = performance.now();
    await detachFromMonitor(context(), qmp.socket, [at(NVME.address)], { ...options({ timeoutMs: 20_000 }), release: true });
    expect(performance.now() - began).toBeLessThan(8000);
  });

  it('is waited for no longer than until we are interrupted, and no timer is left', async () => {
    await start();
    await attach([NVME]);
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    qmp.onDetach = 'ignore';
    const end = new AbortController();
    const onProgress = (): void => void setTimeout(() => end.abort(), 50);
    const began = performance.now();
    const waiting = detachFromMonitor(context(), qmp.socket, [at(NVME.address)], {
      ...options({ timeoutMs: 60_000, signal: end.signal, onProgress }),
      release: true,
    });
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    expect(performance.now() - began).toBeLessThan(8000);
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('is given a function once another hostdev is done, when it is to wait', async () => {
    await start();
    const letGo = await holdLock(join(stateDirectory, 'lock'));
    const told: string[] = [];
    const onProgress = (message: string): void => {
      told.push(message);
      if (message.startsWith('waiting: another hostdev')) letGo();
    };
    await attach([NVME], { waitMs: 20_000, onProgress });
    expect(told[0]).toContain('waiting: another hostdev');
    expect([...qmp.devices.keys()]).toEqual(['hostdev-0007-00-00-0']);
  });
});
