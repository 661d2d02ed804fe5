/** What the samples of JSON are made on: a machine in memory with functions of every kind, guests of a fake libvirt, a QEMU, definitions in files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from '../../src/cli/machine.ts';
import type { FakeFunction } from '../../src/testing/fake-kernel.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';
import { type FakeQmp, startFakeQmp } from '../../src/testing/fake-qmp.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev } from '../capture.ts';
import { hostdev as element, onPc, onZ } from '../guests.ts';

const FUNCTIONS: readonly FakeFunction[] = [
  { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } },
  { address: '0000:05:00.0', driver: 'nvme', iommuGroup: 5, express: true },
  { address: '0000:05:00.1', driver: 'nvme', iommuGroup: 5, express: true },
  { address: '0000:06:00.0', driver: 'nvme', iommuGroup: 6, express: true },
  { address: '0000:08:00.0', driver: 'nvme' },
  { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true, fid: 0x17, attributes: { uid: '0x21', pchid: '0x128', pft: '0x02', vfn: '0x0000' } },
];

export interface Scene {
  readonly directory: string;
  readonly machine: Machine;
  readonly libvirt: FakeLibvirt;
  readonly qmp: FakeQmp;
  readonly run: (line: string) => ReturnType<typeof hostdev>;
  readonly end: () => Promise<void>;
}

/** Words of a command line may have DIR, URI and QMP in them. */
export async function openScene(): Promise<Scene> {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-json-'));
  const libvirt = await startFakeLibvirt();
  const qmp = await startFakeQmp({ ports: ['rp0', 'rp1'] });
  const uri = `qemu+unix:///system?socket=${libvirt.socket}`;
  libvirt.qemu.define(onZ('web', element('0x0007')));
  libvirt.qemu.start(libvirt.qemu.define(onPc('pc', 3)), false);
  const definitions = {
    'z.xml': onZ('z', element('0x0007')),
    'pc.xml': onPc('pc', 2),
    'twice.xml': onZ('twice', element('0x0007') + element('0x0007')),
    'broken.xml': '<domain>\n  <os>\n</domain>\n',
  };
  for (const [name, text] of Object.entries(definitions)) writeFileSync(join(directory, name), text);
  const wishes = {
    'wish.yaml': 'formatVersion: 1\nfunctions: [{ function: "6:0.0", persist: true }]\nguests: [{ guest: web, hostdevs: [{ function: "6:0.0" }] }]\n',
    'virtual.yaml': 'formatVersion: 1\nvirtualFunctions: [{ physicalFunction: "2:0.0", numVfs: 2, settings: [{ index: 1, vlan: 7 }] }]\n',
    'broken.yaml': 'formatVersion: 1\nfunction: []\nslots: [{ fid: 0x17, state: off }]\n',
  };
  for (const [name, text] of Object.entries(wishes)) writeFileSync(join(directory, name), text);
  const machine = bareMachine(FUNCTIONS, {
    stateDirectory: join(directory, 'state'),
    libvirtUri: uri,
    fleetFile: join(directory, 'fleet.conf'),
    files: { '/etc/machine-id': '0123456789abcdef0123456789abcdef\n', '/etc/driverctl.d/0000:06:00.0': 'vfio-pci\n' },
  });
  const words = (line: string): string[] =>
    line.split(' ').map((word) => word.replace('DIR', directory).replace('URI', uri).replace('QMP', `qmp:${qmp.socket}`));
  return {
    ...{ directory, machine, libvirt, qmp },
    run: (line) => hostdev(words(line), '', machine),
    end: async () => {
      await libvirt.stop();
      await qmp.stop();
      rmSync(directory, { recursive: true });
    },
  };
}
