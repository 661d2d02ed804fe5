/** What a large host and its libvirt are asked when something happens, and how soon it is told. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fleetSource } from '../../src/fleet/fleet-source.ts';
import type { HostPort } from '../../src/host/port.ts';
import { Libvirt } from '../../src/libvirt/index.ts';
import type { Message, Patch } from '../../src/server/api/events.ts';
import { type LiveHost, liveHost } from '../../src/server/live/live-host.ts';
import type { HostPart } from '../../src/server/live/read-state.ts';
import { messages } from '../../src/server/live/messages.ts';
import { type FakeFunction, type FakeKernel, fakeKernel } from '../../src/testing/fake-kernel.ts';
import { fake, hostdev as element, onZ, running, useGuests } from '../guests.ts';

const NIC: FakeFunction = { address: '00aa:00:00.0', driver: 'igb', iommuGroup: 9999, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } };
const FUNCTIONS = [
  ...Array.from(
    { length: 999 },
    (_, at): FakeFunction => ({
      address: `00${(at >> 5).toString(16).padStart(2, '0')}:${(at & 31).toString(16).padStart(2, '0')}:00.0`,
      driver: 'nvme',
      iommuGroup: at,
    }),
  ),
  NIC,
];
const ONE = '0003:04:00.0';

/** Nothing is looked at by itself: what is seen, somebody has told of. */
const ONLY_TOLD = { settle: 30, glance: { told: 3_600_000, untold: 3_600_000 }, all: { told: 3_600_000, untold: 3_600_000, afterNews: 3_600_000 } };

useGuests([]);

let kernel: FakeKernel;
let live: LiveHost;
let end: () => void;
let paths: string[];
let asked: string[];
let told: Message[];
let bugs: unknown[];

const functionsAsked = (): string[] => [...new Set(paths.flatMap((path) => /^\/sys\/bus\/pci\/devices\/([^/]+)/.exec(path)?.[1] ?? []))];
const patches = (): Patch[] => told.flatMap((message) => (message.kind === 'patch' ? message.patches : []));
const keys = (of: 'functions' | 'guests'): string[] => [...new Set(patches().flatMap((patch) => (patch.of === of ? [patch.key] : [])))].sort();

async function begin({ pace = ONLY_TOLD as typeof ONLY_TOLD | undefined, hears = true }): Promise<void> {
  const note = (path: string): void => void paths.push(path);
  const port: HostPort = {
    ...kernel,
    // A short look reads of each function what may be other; that is counted apart.
    list: (path) => (note(path), kernel.list(path)),
    attributes: (directory, names) => (names.join() === 'driver_override' ? undefined : note(directory), kernel.attributes(directory, names)),
    hearKernel: hears ? kernel.hearKernel : undefined,
  };
  const kept = messages();
  kept.follow((line) => void told.push(JSON.parse(line) as Message));
  const context = { port, isRoot: true, readPciIds: async () => undefined, userCapabilityCache: '/nowhere' };
  const host = {
    ...{ context: async () => context, stateDirectory: mkdtempSync(join(tmpdir(), 'hostdev-live-')), libvirtUri: `qemu+unix:///system?socket=${fake.socket}` },
    fleet: fleetSource('/nowhere/fleet.conf'),
    ...{ name: 'large', version: '0', readOnly: false },
  };
  live = liveHost(host, kept, { onBug: (error) => void bugs.push(error), pace });
  end = live.look();
  await live.current();
  if (hears) await expect.poll(() => fake.qemu.listeners.size).toBeGreaterThan(0);
  // What it is told of libvirt at first.
  await expect.poll(() => paths.length).toBeGreaterThan(1000);
  await live.fresh();
  await new Promise((resolve) => setTimeout(resolve, 300));
  paths = [];
  asked = [];
  told = [];
}

beforeEach(() => {
  kernel = fakeKernel(FUNCTIONS, { files: { '/proc/1/comm': 'init', '/proc/1/fd/0': '→ /dev/null' } });
  [paths, asked, told, bugs] = [[], [], [], []];
  for (let at = 0; at < 199; at += 1) fake.qemu.define(onZ(`g${at}`));
  running(onZ('web'));
  const { domainXml } = Libvirt.prototype;
  vi.spyOn(Libvirt.prototype, 'domainXml').mockImplementation(function (this: Libvirt, domain, options) {
    asked.push(domain.name);
    return domainXml.call(this, domain, options);
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  end();
  await live.close();
  expect(bugs).toEqual([]);
});

describe('on a host of 1,000 functions and 200 guests', () => {
  it('what the kernel tells of a function is read of that one, no guest is asked, and a patch tells it', async () => {
    await begin({});
    await kernel.write(`/sys/bus/pci/devices/${ONE}/driver/unbind`, ONE);
    await expect.poll(() => keys('functions')).toEqual([ONE]);
    expect(functionsAsked()).toEqual([ONE]);
    expect(asked).toEqual([]);
    expect(told.find(({ kind }) => kind === 'event')).toMatchObject({ event: { event: 'driver changed', hostAddress: ONE, detail: 'nvme → no driver' } });
  });

  it('what libvirt tells of a guest is read of that one, and no function is read again', async () => {
    await begin({});
    fake.qemu.attach(fake.qemu.named('web'), element('0x00aa'), 1);
    await expect.poll(() => keys('guests')).toEqual([fake.qemu.named('web').uuid]);
    expect(new Set(asked)).toEqual(new Set(['web']));
    expect(functionsAsked()).toEqual([]);
  });

  it('virtual functions that come are told with their card, and nothing else is read', async () => {
    await begin({});
    await kernel.write(`/sys/bus/pci/devices/${NIC.address}/sriov_numvfs`, '4');
    await expect.poll(() => keys('functions').length).toBe(5);
    expect(functionsAsked().sort()).toEqual(keys('functions'));
  });

  it('what nobody tells of is seen by a short look, and read of that one function', async () => {
    await begin({ pace: { ...ONLY_TOLD, glance: { told: 200, untold: 200 } }, hears: false });
    await kernel.write(`/sys/bus/pci/devices/${ONE}/driver_override`, 'vfio-pci');
    await kernel.write(`/sys/bus/pci/devices/${ONE}/driver/unbind`, ONE);
    await expect.poll(() => keys('functions')).toEqual([ONE]);
    expect(functionsAsked()).toEqual([ONE]);
  });

  it('what was told adds up to what is read anew, but for whether the host is ready, which is looked at with everything', async () => {
    await begin({});
    await kernel.write(`/sys/bus/pci/devices/${NIC.address}/sriov_numvfs`, '2');
    await kernel.write(`/sys/bus/pci/devices/${ONE}/driver/unbind`, ONE);
    fake.qemu.attach(fake.qemu.named('web'), element('0x00aa'), 1);
    fake.qemu.define(onZ('new'));
    await expect.poll(() => [keys('functions').length, keys('guests').length]).toEqual([4, 2]);
    const withoutReadiness = (state: HostPart | undefined): unknown => ({ ...state, host: { ...state?.host, readiness: [] } });
    const seen = live.latest();
    expect(withoutReadiness(seen)).toEqual(withoutReadiness(await live.fresh()));
  });

  it('what hears the kernel for one who has left, and ends late, says nothing of what is heard for the next', async () => {
    const { hearKernel } = kernel;
    const late = async (): Promise<void> => void (await new Promise((resolve) => setTimeout(resolve, 200)));
    kernel = { ...kernel, hearKernel: async (hearing) => hearKernel?.(hearing).then(late) };
    await begin({ pace: { ...ONLY_TOLD, glance: { told: 3_600_000, untold: 50 } } });
    end();
    end = live.look();
    await expect.poll(() => fake.qemu.listeners.size).toBe(1);
    // Once it has looked at all of it. Glances for what it is not told would come every 50 ms.
    const looks = async (): Promise<readonly string[]> => {
      paths = [];
      await new Promise((resolve) => setTimeout(resolve, 400));
      return paths;
    };
    await expect.poll(looks, { timeout: 60_000 }).toEqual([]);
  });

  it('nobody is asked any more once it is closed, whoever looks: what would be opened then, nobody would close', async () => {
    await begin({});
    await live.close();
    [paths, asked] = [[], []];
    const connect = vi.spyOn(Libvirt.prototype, 'onClosed');
    const endLook = live.look();
    await expect(live.fresh()).rejects.toMatchObject({ code: 'interrupted' });
    await expect(live.current()).rejects.toMatchObject({ code: 'interrupted' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([paths, asked, connect.mock.calls]).toEqual([[], [], []]);
    expect(fake.qemu.listeners.size).toBe(0);
    endLook();
  });
});
