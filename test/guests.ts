/** Guests of a fake libvirt on a fake kernel, new ones for every test of a file that says {@link useGuests}. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { LibvirtLink } from '../src/guest/libvirt/link.ts';
import { connectLibvirt } from '../src/libvirt/index.ts';
import { type FakeFunction, fakeKernel, type FakeKernel } from '../src/testing/fake-kernel.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../src/testing/fake-libvirt/fake-libvirt.ts';
import type { FakeGuest } from '../src/testing/fake-libvirt/guest.ts';
import type { GuestChangeOptions } from '../src/app/guests/run-change.ts';

export let fake: FakeLibvirt;
export let link: LibvirtLink;
export let port: FakeKernel;
export let stateDirectory: string;

/** For the top of a file of tests. */
export function useGuests(functions: readonly FakeFunction[]): void {
  beforeEach(() => begin(functions));
  afterEach(end);
}

/** The same for one run of a test that has many. */
export async function useGuestsIn(functions: readonly FakeFunction[], act: () => Promise<void>): Promise<void> {
  await begin(functions);
  try {
    await act();
  } finally {
    await end();
  }
}

async function begin(functions: readonly FakeFunction[]): Promise<void> {
  fake = await startFakeLibvirt();
  link = await LibvirtLink.open(() => connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`));
  port = fakeKernel(functions);
  stateDirectory = mkdtempSync(join(tmpdir(), 'hostdev-guests-'));
}

async function end(): Promise<void> {
  await link.close();
  await fake.stop();
}

export const context = (): { port: FakeKernel; isRoot: boolean; readPciIds: () => Promise<undefined> } => ({
  port,
  isRoot: true,
  readPciIds: async () => undefined,
});

export const options = (more: Partial<GuestChangeOptions> = {}): GuestChangeOptions => ({
  scope: 'persistent',
  dryRun: false,
  force: false,
  timeoutMs: 2000,
  stateDirectory,
  ...more,
});

/** Defines a guest and starts it. */
export const running = (xml: string): FakeGuest => fake.qemu.start(fake.qemu.define(xml), false);

export const onZ = (name: string, devices = ''): string =>
  `<domain type='kvm'><name>${name}</name><memory unit='MiB'>64</memory><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os><devices>${devices}<memballoon model='none'/></devices></domain>`;

const ports = (count: number): string => Array.from({ length: count }, (_, i) => `<controller type='pci' index='${i + 1}' model='pcie-root-port'/>`).join('');

/** With that many free ports. */
export const onPc = (name: string, free: number): string =>
  `<domain type='kvm'><name>${name}</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><controller type='usb' model='none'/>${ports(free)}<memballoon model='none'/></devices></domain>`;

/** The element of function 0 in slot 0 of a PCI domain, `0x0007`; `more` goes into it. */
export const hostdev = (domain: string, more = ''): string =>
  `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='${domain}' bus='0x00' slot='0x00' function='0x0'/></source>${more}</hostdev>`;
