/** The examples of docs/reference.md and of the manual pages: each does what it is there for, on a machine in memory. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TEXTS } from '../packaging/manual/texts.ts';
import type { Machine } from '../src/cli/machine.ts';
import { main } from '../src/cli/main.ts';
import type { FakeFunction } from '../src/testing/fake-kernel.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../src/testing/fake-libvirt/fake-libvirt.ts';
import { bareMachine } from './bare-machine.ts';
import { captureIo } from './capture.ts';
import { fleetInDirectory } from './fleet/fleet-in-directory.ts';
import { hostRecord, mappingOf, publishedOf } from './fleet/fleet-records.ts';
import { hostdev as element, onPc, onZ } from './guests.ts';

const z = (domain: string, fid: number, pchid: string): FakeFunction => ({
  ...{ address: `${domain}:00:00.0`, driver: 'nvme', iommuGroup: 100 + fid, express: true, fid },
  attributes: { uid: `0x${domain}`, pchid, pft: '0x02', vfn: '0x0000' },
});
const FUNCTIONS: readonly FakeFunction[] = [
  { address: '0000:01:00.0', driver: 'nouveau', iommuGroup: 14, pciClass: 0x03_00_00, express: true },
  { address: '0000:01:00.1', iommuGroup: 14, pciClass: 0x04_03_00, express: true },
  { address: '0000:03:00.0', driver: 'igb', iommuGroup: 3, pciClass: 0x02_00_00, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } },
  z('0002', 0x100, '0x0130'),
  z('0007', 0x17, '0x0128'),
  z('0008', 0x18, '0x0128'),
];

const VFS = 'vf create 0000:03:00.0 4';
/** What has to be so before. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  'xml 0000:03:10.0 --interface --mac 52:54:00:12:34:56 --vlan 42': [VFS],
  'attach web 0000:03:10.0 --dry-run': [VFS],
  'attach web 0000:03:10.0 --persistent -y': [VFS],
  'detach web 0000:03:10.0': [VFS, 'attach web 0000:03:10.0 -y'],
  'swap web 0000:03:10.0 0000:03:10.1': [VFS, 'attach web 0000:03:10.0 -y'],
  'pool create fast 0000:03:00.0 --autostart': [VFS],
  'pool remove fast --dry-run': [VFS, 'pool create fast 0000:03:00.0'],
  'release 0000:01:00.0': ['prepare 0000:01:00.0'],
  'vf remove 0000:03:00.0': [VFS],
  'vf set 0000:03:10.0 --vlan 42 --mac 52:54:00:12:34:56': [VFS],
  'slot on 0x17 0x18': ['slot off 0x17 0x18'],
  'persistent remove 0000:01:00.0': ['prepare 0000:01:00.0 --persist'],
  'undo --dry-run': ['prepare 0000:01:00.0'],
  'export nova --physical-network physnet1:eno1': [VFS],
  'fleet release kvm1/0000:3b:00.0': ['fleet claim kvm1/0000:3b:00.0 --for web'],
  'fleet claims --for web': ['fleet claim gpu-a10 --for web'],
};

/** What tells that it did it: printed, or so afterwards. */
const PRINTS: Readonly<Record<string, RegExp>> = {
  'list fid=0x100 --json': /"hostAddress": "0002:00:00.0"/,
  'apply -f wish.d --yes': /prepare 0002:00:00\.0: nvme → vfio-pci/,
  'apply -f host.yaml -f guests.yaml --prune': /prepare [\s\S]*attach 0002:00:00\.0 in web/,
  'diff -f wish.yaml': /prepare 0002:00:00\.0: nvme → vfio-pci/,
  'export nova': /^\[pci\]\ndevice_spec = \{.*"address":"0000:01:00\.0"\}$/m,
  'export nova --physical-network physnet1:eno1': /"address":"0000:03:10\.0","physical_network":"physnet1"/,
  'export proxmox 0000:01:00.0 --node pve1': /path=0000:01:00$/m,
  'metrics --output hostdev.prom': /^$/,
  'metrics --host elsewhere.json': /^hostdev_functions\{class="gpu",verdict="free"\} 1$/m,
  'export --json': /"formatVersion": 1/,
  'list --class gpu,nic --free': /^ADDRESS.*\n0000:01:00\.0.*\n0000:03:00\.0.*\n$/,
  'list --host elsewhere.json': /0000:03:00\.0/,
  'xml 0002:00:00.0 --uid 0x21 --fid 0x100': /<zpci uid='0x0021' fid='0x00000100'\/>/,
  'attach web 0000:03:10.0 --dry-run': /0000:03:10\.0: attach/,
  'attach web 0000:03:10.0 --persistent -y': /0000:03:10\.0 attached to web/,
  'attach guest.xml 0002:00:00.0 --uid 0x21': /0002:00:00\.0 attached to guest\.xml/,
  'detach web 0000:03:10.0': /0000:03:10\.0 detached from web/,
  'swap web 0000:03:10.0 0000:03:10.1': /0000:03:10\.1 swapped in web/,
  'prepare 0000:01:00.0 --persist': /0000:01:00\.0/,
  'slot on 0x17 0x18': /configured/,
  'args guest.xml --form classic': /vfio-pci,host=0007:00:00\.0/,
  'topology guest.xml --format svg': /^<svg/,
  'validate guest.xml --format sarif': /"version": "2\.1\.0"/,
  'fleet mapping set gpu-a10 --match 10de:2236': /^the mapping gpu-a10 is so already: 3 of 3/,
  'fleet claim gpu-a10 --for web --count 2 --host kvm1': /^(?:kvm1 0000:3b:0\d\.0 is claimed for guest web \(token \d+\)\n){2}$/,
  'fleet release kvm1/0000:3b:00.0': /^kvm1 0000:3b:00\.0 is free/,
  'fleet claims --for web': /gpu-a10/,
  'fleet forget kvm3 --fenced': /^kvm3 is forgotten/,
  report: /^hostdev-report\.txt is written\n$/,
  'report -- attach web 0000:03:00.0': /^hostdev-report\.txt is written\n$/,
};

/** Whether a host is ready is what it answers: this one is not; and it is not as files wish. */
const STATUS: Readonly<Record<string, number>> = { check: 1, 'apply -f wish.yaml --dry-run': 3, 'diff -f wish.yaml': 3 };

/** What is not carried out here, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'list --host ssh://root@kvm7': 'needs another machine: src/cli/another-host.test.ts has one behind a program in the place of ssh',
  'report --host ssh://root@kvm7 -o -': 'the same',
  'ui --open': 'does not end: test/server/command.test.ts serves for a while',
  'ui --read-only --listen 127.0.0.1:7788': 'the same',
  'fleet place web.xml': 'needs hosts that can run it: src/cli/fleet.test.ts has some',
  'fleet place web.xml --on kvm2': 'the same',
  'fleet migrate-check web kvm2': 'the same',
  'agent --once': 'needs a fleet: test/fleet/commands.test.ts has some',
  'fleet init dir:/srv/hostdev-fleet': 'the same',
  'fleet init https://etcd1:2379,https://etcd2:2379 --ca ca.pem --cert admin.pem --key admin.key': 'the same',
  'fleet join dir:/srv/hostdev-fleet': 'the same',
  'fleet list': 'the same',
  'fleet list --vendor 10de --device 2236 --free': 'the same',
  'fleet list --functions --json': 'the same',
  'fleet show kvm1': 'the same',
  'fleet show kvm1/0000:3b:00.0': 'the same',
  'fleet watch --json': 'the same',
  'watch --json': 'does not end: test/json/contract.test.ts watches for a while',
};

const EXAMPLES = Object.values(TEXTS).flatMap(({ examples = [] }) => examples.map(([, line]) => line));

let directory: string;
let libvirt: FakeLibvirt;
let machine: Machine;
const home = process.cwd();
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-examples-'));
  process.chdir(directory);
  libvirt = await startFakeLibvirt();
  libvirt.qemu.start(libvirt.qemu.define(onPc('web', 4)), false);
  machine = bareMachine(FUNCTIONS, { stateDirectory: join(directory, 'state'), libvirtUri: `qemu+unix:///system?socket=${libvirt.socket}`, files: {} });
  for (const name of ['guest', 'a', 'b']) writeFileSync(`${name}.xml`, onZ(name, name === 'guest' ? element('0x0007') : ''));
  const wish = 'formatVersion: 1\nfunctions: [{ function: "0002:00:00.0" }]\n';
  mkdirSync('wish.d');
  for (const name of ['wish.yaml', 'host.yaml', 'wish.d/host.yaml']) writeFileSync(name, wish);
  writeFileSync('guests.yaml', 'formatVersion: 1\nguests: [{ guest: web, hostdevs: [{ function: "0002:00:00.0" }] }]\n');
  writeFileSync('elsewhere.json', (await run('snapshot')).stdout);
});
afterEach(async () => {
  process.chdir(home);
  await libvirt.stop();
  rmSync(directory, { recursive: true });
});

/** Two hosts with cards of one kind, under a name. */
async function joinFleet(): Promise<void> {
  const hosts = [hostRecord([publishedOf(0), publishedOf(1)]), hostRecord([publishedOf(0, {}, 'kvm3')], { host: 'kvm3' })];
  const { fleetFile, store } = await fleetInDirectory(directory, { hosts, mappings: [mappingOf([{ ids: '10de:2236' }]).record] });
  await store.close();
  machine = { ...machine, fleetFile };
}

/** As somebody does who answers yes. */
async function run(line: string): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  const { io, stdout, stderr } = captureIo('', machine);
  const status = await main(line.split(' '), { ...io, confirm: async () => true });
  return { status, stdout: stdout(), stderr: stderr() };
}

describe('examples of the reference', () => {
  it('are all here, and nothing else is', () => {
    const known = [BEFORE, PRINTS, STATUS, ELSEWHERE].flatMap((each) => Object.keys(each));
    expect(known.filter((line) => !EXAMPLES.includes(line))).toEqual([]);
    for (const line of EXAMPLES) expect(readFileSync(join(home, 'docs/reference.md'), 'utf8')).toContain(`\nhostdev ${line}  # `);
  });

  it.each(EXAMPLES.filter((line) => !(line in ELSEWHERE)))('hostdev %s', async (line) => {
    if (line.startsWith('fleet ')) await joinFleet();
    for (const before of BEFORE[line] ?? []) expect(await run(before)).toMatchObject({ status: 0 });
    const { status, stdout, stderr } = await run(line);
    expect([status, stderr]).toEqual([STATUS[line] ?? 0, expect.any(String)]);
    expect(stdout).toMatch(PRINTS[line] ?? /\S/);
  });
});
