/** A fleet in a directory, machines that are its hosts, and what somebody types on them; new ones for every test of a file that says {@link useFleet}. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Machine } from '../../../src/cli/machine.ts';
import { guardOf } from '../../../src/fleet/enrolled.ts';
import { openFileStore } from '../../../src/fleet/file-store/file-store.ts';
import { aliveKey } from '../../../src/fleet/model/keys.ts';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import { type FakeFunction, fakeKernel } from '../../../src/testing/fake-kernel.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../../../src/testing/fake-libvirt/fake-libvirt.ts';
import { bareMachine } from '../../bare-machine.ts';
import { hostdev } from '../../capture.ts';

export let directory: string;
/** Of all machines: tests have guests on one. */
export let libvirt: FakeLibvirt;

/** For the top of a file of tests. */
export function useFleet(): void {
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'hostdev-recovery-'));
    libvirt = await startFakeLibvirt();
  });
  afterEach(async () => {
    await libvirt.stop();
    rmSync(directory, { recursive: true });
  });
}

/** Commands of one test load what they need when they run. */
export const PATIENCE = { timeout: 120_000 } as const;

export const GPU = { address: '0000:03:00.0', vendor: 0x10de, device: 0x2236, pciClass: 0x030000, driver: 'nouveau', iommuGroup: 3 } satisfies FakeFunction;

/** Ready to give functions. */
const READY = { '/sys/kernel/iommu_groups/0/x': '', '/dev/vfio/vfio': '' };

/** A QEMU that runs, and has the function of that IOMMU group. */
export const qemuOf = (guest: string, group: number): Readonly<Record<string, string>> => ({
  '/proc/42/fd/9': `→ /dev/vfio/${group}`,
  '/proc/42/comm': 'qemu-system-s39\n',
  '/proc/42/cmdline': `/usr/bin/qemu-system-s390x\0-name\0guest=${guest},debug-threads=on\0-S`,
});

/** A host by its number as it is now: another kernel, on the same disk. */
export function machine(number: number, functions: readonly FakeFunction[], { boot = 1, files: more = {} } = {}): Machine {
  const [stateDirectory, fleetFile] = [join(directory, `state${number}`), join(directory, `etc${number}`, 'fleet.conf')];
  const id = `${number}`.padStart(32, '0');
  const files = { ...READY, '/etc/machine-id': `${id}\n`, '/proc/sys/kernel/random/boot_id': `boot-${boot}\n`, ...more };
  const context = { port: fakeKernel(functions, { files }), isRoot: true, readPciIds: async () => undefined };
  const claims = guardOf({ context, fleetFile, stateDirectory });
  return bareMachine([], {
    ...{ context: async () => ({ ...context, claims }), stateDirectory, fleetFile },
    libvirtUri: `qemu+unix:///system?socket=${libvirt.socket}`,
  });
}

export const run = async (on: Machine, line: string): ReturnType<typeof hostdev> => hostdev(line.split(' '), '', on);

/** What it prints; it has to go well. */
export async function done(on: Machine, line: string): Promise<string> {
  const { status, stdout, stderr } = await run(on, line);
  expect([line, status, stderr]).toEqual([line, 0, expect.anything()]);
  return stdout;
}

/** Makes a fleet whose hosts kvm1, kvm2, … these machines are. */
export async function fleetOf(...machines: readonly Machine[]): Promise<void> {
  await done(machines[0] as Machine, `fleet init dir:${directory}/fleet`);
  for (const [at, each] of machines.entries()) await done(each, `fleet join dir:${directory}/fleet --name kvm${at + 1}`);
}

/** The store, as its hosts have it. */
export async function withStore<T>(act: (store: FleetStore) => Promise<T>): Promise<T> {
  const store = await openFileStore(join(directory, 'fleet'));
  try {
    return await act(store);
  } finally {
    await store.close();
  }
}

export interface Found {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** What a check finds while the agents of these hosts give signs of life: codes, and the way out of each. */
export async function check(on: Machine, ...alive: readonly string[]): Promise<Found[]> {
  return withStore(async (store) => {
    const signs = await Promise.all(alive.map(async (host) => store.alive(aliveKey(host), new Uint8Array(1), 60)));
    const { stdout } = await run(on, 'fleet check --json');
    for (const each of signs) await each.end();
    return (JSON.parse(stdout) as { problems: Found[] }).problems.map(({ code, message, hint }) => ({ code, message, hint }));
  });
}

/** The command of hostdev that a hint says, as somebody would type it. */
export function saidCommand({ hint }: Pick<Found, 'hint'>): string {
  const [, command] = /hostdev ([a-z][^';,]*)/.exec(hint) ?? [];
  expect(command).toBeDefined();
  return (command as string).trim();
}

/** Each claim: function, guest and state. */
export async function claims(on: Machine): Promise<string[]> {
  const { items } = JSON.parse(await done(on, 'fleet claims --json')) as { items: { function: string; guest: string; state: string }[] };
  return items.map((each) => `${each.function} ${each.guest} ${each.state}`);
}
