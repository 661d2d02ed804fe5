/** `fleet migrate-check GUEST HOST` by command lines, on a host of a fleet in a directory and a guest of a fake libvirt. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Machine } from '../../src/cli/machine.ts';
import { writeFleetConfig } from '../../src/fleet/config.ts';
import { aliveKey } from '../../src/fleet/model/keys.ts';
import type { FleetStore } from '../../src/fleet/store/store.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev } from '../capture.ts';
import { onPc } from '../guests.ts';
import { fleetInDirectory } from './fleet-in-directory.ts';
import { hostRecord, mappingOf, publishedOf } from './fleet-records.ts';

const FUNCTION =
  "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='0x3b' slot='0' function='0'/></source><address type='pci' domain='0' bus='2' slot='0' function='0'/></hostdev>";

let directory: string;
let libvirt: FakeLibvirt;
let machine: Machine;
let store: FleetStore;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-fleet-'));
  libvirt = await startFakeLibvirt();
  const guest = onPc('web', 2).replace('<memballoon', `${FUNCTION}<memballoon`);
  libvirt.qemu.start(libvirt.qemu.define(guest), false);
  const hosts = [hostRecord([publishedOf(0, { verdict: 'held', heldBy: ['web'] })]), hostRecord([publishedOf(4, {}, 'kvm2')], { host: 'kvm2' })];
  const fleet = await fleetInDirectory(directory, { hosts, mappings: [mappingOf([{ ids: '10de:2236' }]).record] });
  store = fleet.store;
  for (const { host } of hosts) await store.alive(aliveKey(host), new Uint8Array(), 60);
  await writeFleetConfig(fleet.fleetFile, { host: 'kvm1', store: { kind: 'directory', path: join(directory, 'fleet') } });
  machine = bareMachine([{ address: '0000:3b:00.0', vendor: 0x10de, device: 0x2236, driver: 'vfio-pci', iommuGroup: 3 }], {
    fleetFile: fleet.fleetFile,
    libvirtUri: `qemu+unix:///system?socket=${libvirt.socket}`,
  });
});
afterEach(async () => {
  await store.close();
  await libvirt.stop();
  rmSync(directory, { recursive: true });
});

const run = async (line: string): ReturnType<typeof hostdev> => hostdev(line.split(' '), '', machine);

it('says what keeps the guest here, what to do, and which function stands for its own there; nothing is claimed', async () => {
  expect(await run('fleet migrate-check web kvm2')).toMatchObject({
    status: 1,
    stdout: `web (running) cannot be moved from kvm1 to kvm2 now
0000:3b:00.0  blocks: its state cannot be moved
  hostdev detach web 0000:3b:00.0 --live, and attach another one over there
  on kvm2 0000:3b:04.0, of mapping gpu-a10, stands for it, in the guest at 0000:02:00.0
`,
    stderr: '',
  });
  expect((await run('migrate-check web')).stdout).toBe(
    '0000:3b:00.0  blocks: its state cannot be moved\n  hostdev detach web 0000:3b:00.0 --live, and attach another one over there\n',
  );
  expect((await store.list('hostdev/v1/claims/')).entries).toEqual([]);
});

it('says that it can be moved where nothing is in the way, and tells all of it as JSON', async () => {
  for (const guest of libvirt.qemu.guests.values()) libvirt.qemu.destroy(guest);
  const { status, stdout } = await run('fleet migrate-check web kvm2 --json');
  const { items } = JSON.parse(stdout) as { items: object[] };
  expect([status, items]).toEqual([
    0,
    [
      expect.objectContaining({
        ...{ guest: 'web', state: 'shut off', from: 'kvm1', to: 'kvm2', possible: true, reasons: [], notes: [] },
        functions: [
          expect.objectContaining({
            ...{ device: '0000:3b:00.0', effect: 'offline', guestAddress: '0000:02:00.0' },
            there: {
              wanted: 'gpu-a10',
              function: 'host/kvm2/0000:3b:04.0',
              address: '0000:3b:04.0',
              claimed: false,
              guestAddress: '0000:02:00.0',
              uid: null,
              fid: null,
            },
          }),
        ],
      }),
    ],
  ]);
});

it('says why that host cannot have it, in the words of a claim', async () => {
  expect((await run('fleet claim kvm2/3b:04.0 --for db')).status).toBe(0);
  const { status, stderr } = await run('fleet migrate-check web kvm2');
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^hostdev: kvm2 0000:3b:04\.0 is claimed: guest db on kvm2 \(claimed\), .* \[claim-held\]\n {2}hint: 'hostdev fleet release/),
  ]);
});

it.each([
  ['the host that it is on', 'web kvm1', 2, 'usage'],
  ['a host that there is not', 'web kvm9', 1, 'fleet-host-unknown'],
  ['a name that is none', 'web KVM', 2, 'usage'],
  ['a guest that there is not', 'db kvm2', 1, 'guest-unknown'],
])('refuses %s in one message', async (_, words, status, code) => {
  const found = await run(`fleet migrate-check ${words}`);
  expect([found.status, found.stderr.match(/^hostdev: /gm), found.stderr]).toEqual([status, ['hostdev: '], expect.stringContaining(`[${code}]`)]);
});

it('refuses a machine that gives nothing to the fleet', async () => {
  await writeFleetConfig(machine.fleetFile, { host: null, store: { kind: 'directory', path: join(directory, 'fleet') } });
  expect(await run('fleet migrate-check web kvm2')).toMatchObject({ status: 1, stderr: expect.stringContaining('[fleet-absent]') as string });
});

it('a mapping keeps its mark until it is said otherwise, and shows it', async () => {
  expect((await run('fleet mapping set gpu-a10 --match 10de:2236 --migratable yes')).stdout).toContain('is set');
  expect((await run('fleet mapping set gpu-a10 --match 10de:2236')).stdout).toContain('is so already');
  expect((await run('fleet mapping show gpu-a10')).stdout).toContain('migratable   yes\n');
  expect((await run('fleet mapping set gpu-a10 --match 10de:2236 --migratable no')).stdout).toContain('is set');
  expect(await run('fleet mapping set gpu-a10 --match 10de:2236 --migratable often')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--migratable is yes or no') as string,
  });
});
