import { expect, it, vi } from 'vitest';
import { context, fake, hostdev, onZ, port, running, stateDirectory, useGuests } from '../../test/guests.ts';
import { silenceSocket } from '../../test/silent-server.ts';
import { connectLibvirt } from '../libvirt/index.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { FakeFunction } from '../testing/fake-kernel.ts';
import { watch } from './watch.ts';
import { prepareFunctions } from './prepare.ts';
import { lookingConnector } from './guests/connect.ts';
import type { WatchEvent } from '../state/watch-event.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const OTHER: FakeFunction = { address: '0009:00:00.0', driver: 'nvme', iommuGroup: 2, express: true };
const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } };
const at = parsePciAddress;

useGuests([NVME, OTHER, NIC]);

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

it('watch tells what changed between its last look and its end', async () => {
  const events: WatchEvent[] = [];
  const stop = new AbortController();
  const looked = vi.spyOn(port, 'list');
  const watching = watch(port, { signal: stop.signal, everyMs: 60_000, onEvent: (event) => events.push(event), now: () => '' });
  // The last one, by address.
  await expect.poll(() => looked.mock.calls.flat()).toContain(`/sys/bus/pci/devices/${OTHER.address}`);
  await prepareFunctions(context(), [at(NVME.address)], { dryRun: false, stateDirectory });
  stop.abort();
  await watching;
  expect(events).toMatchObject([{ subject: NVME.address, event: 'driver changed', detail: 'nvme → vfio-pci' }]);
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
