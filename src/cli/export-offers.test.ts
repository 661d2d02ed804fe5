import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareMachine } from '../../test/bare-machine.ts';
import { hostdev, itemsOf } from '../../test/capture.ts';
import { type SeenFunction, seenFunctions } from '../../test/offers/host-as-read.ts';
import { type RandomHost, randomHost } from '../../test/offers/machines.ts';
import { novaType, readNovaConf } from '../../test/offers/nova-reader.ts';
import { readPciCfg } from '../../test/offers/pci-cfg-reader.ts';
import type { FakeFunction } from '../testing/fake-kernel.ts';
import type { Machine } from './machine.ts';

const GPU = { vendor: 0x10de, device: 0x2236, pciClass: 0x030200, iommuGroup: 7 } as const;
const SOUND = { vendor: 0x10de, device: 0x1aef, pciClass: 0x040300, iommuGroup: 7 } as const;
const SUBSYSTEM = { subsystem_vendor: '0x10de', subsystem_device: '0x1482' };
const NIC = {
  vendor: 0x15b3,
  device: 0x101d,
  pciClass: 0x020000,
  iommuGroup: 9,
  driver: 'mlx5_core',
  netdev: 'eth2',
  sriov: { total: 8, driver: 'mlx5_vfio_pci', device: 0x101e },
} as const;

interface Host {
  readonly machine: Machine;
  readonly functions: readonly SeenFunction[];
}

async function hostOf({ functions, files, vfs }: RandomHost): Promise<Host> {
  const machine = bareMachine(functions, { files });
  const { port } = await machine.context();
  for (const [address, count] of vfs) await port.write(`/sys/bus/pci/devices/${address}/sriov_numvfs`, String(count));
  return { machine, functions: await seenFunctions(port) };
}

const host = (functions: readonly FakeFunction[], files: Readonly<Record<string, string>> = {}, vfs: RandomHost['vfs'] = []): Promise<Host> =>
  hostOf({ functions, files, vfs });

/** Comments of a file: what is left out. */
function leftOut(text: string): string[] {
  return [...text.matchAll(/^# ([0-9a-f]{4}:[0-9a-f:.]+) (?:is|shares|stays)/gm)].map(([, address = '']) => address);
}

const MUST_GO = (driver: string | undefined): boolean => driver !== undefined && driver !== 'pci-stub' && !/vfio/.test(driver);

async function verdicts(machine: Machine): Promise<ReadonlyMap<string, string>> {
  const rows = itemsOf<{ hostAddress: string; verdict: string }>(await hostdev(['list', '--json'], '', machine));
  return new Map(rows.map(({ hostAddress, verdict }) => [hostAddress, verdict]));
}

describe('export nova', () => {
  it('gives a function by its address and both ids, and says how flavors ask for it', async () => {
    const { machine } = await host([{ ...GPU, address: '0000:01:00.0', driver: 'nouveau' }]);
    expect((await hostdev(['export', 'nova'], '', machine)).stdout).toBe(
      '[pci]\ndevice_spec = {"vendor_id":"10de","product_id":"2236","address":"0000:01:00.0"}\n' +
        '# How flavors ask for them; nova-api needs these lines, too.\nalias = {"name":"gpu-10de-2236","vendor_id":"10de","product_id":"2236","device_type":"type-PCI"}\n',
    );
  });

  it('says why a function stays, and of nothing else where it is named', async () => {
    const { machine } = await host([
      { address: '0000:00:1f.0', pciClass: 0x060100, iommuGroup: 1 },
      { ...GPU, address: '0000:01:00.0' },
      { address: '0000:02:00.0', driver: 'nvme', pciClass: 0x010802 },
    ]);
    const all = await hostdev(['export', 'nova'], '', machine);
    expect([all.status, all.stderr]).toEqual([0, '']);
    expect(leftOut(all.stdout)).toEqual(['0000:02:00.0']);
    const named = await hostdev(['export', 'nova', '0:1f.0'], '', machine);
    expect(named).toMatchObject({ status: 1, stderr: expect.stringContaining('0000:00:1f.0 is not assignable: it is a bridge [function-not-assignable]') });
    expect(readNovaConf(named.stdout, []).specs).toEqual([]);
  });

  it.each<[string, string | undefined, readonly string[], RegExp | undefined]>([
    ['is offered alone where its group has nothing else with the host', 'vfio-pci', ['0000:01:00.0'], undefined],
    ['is offered alone where no driver has the rest', undefined, ['0000:01:00.0'], undefined],
    ['stays where a host driver has the rest, and the hint says how to change that', 'snd_hda_intel', [], /hostdev prepare 0000:01:00\.0 --group --persist/],
  ])('a function of a group of two %s', async (_, driver, given, hint) => {
    const { machine, functions } = await host([
      { ...GPU, address: '0000:01:00.0', driver: 'vfio-pci' },
      { ...SOUND, address: '0000:01:00.1', ...(driver === undefined ? {} : { driver }) },
    ]);
    const { stdout, stderr, status } = await hostdev(['export', 'nova', '1:0.0'], '', machine);
    const { specs } = readNovaConf(stdout, functions);
    expect(functions.filter((device) => specs.some((spec) => spec.matches(device))).map(({ address }) => address)).toEqual(given);
    expect([status, hint?.test(stderr) ?? true]).toEqual([hint === undefined ? 0 : 1, true]);
  });

  it('offers of a group the function that is named', async () => {
    const { machine } = await host([
      { ...GPU, address: '0000:01:00.0', driver: 'vfio-pci' },
      { ...SOUND, address: '0000:01:00.1', driver: 'vfio-pci' },
    ]);
    expect((await hostdev(['export', 'nova', '1:0.1'], '', machine)).stdout).toContain('"product_id":"1aef","address":"0000:01:00.1"');
    expect((await hostdev(['export', 'nova', '1:0.0', '1:0.1'], '', machine)).status).toBe(1);
  });

  it('leaves a variant driver alone, and says of those that move state that a guest can be migrated', async () => {
    const { machine, functions } = await host(
      [NIC].map((each) => ({ ...each, address: '0000:03:00.0' })),
      {},
      [['0000:03:00.0', 1]],
    );
    const { specs, aliases } = readNovaConf((await hostdev(['export', 'nova'], '', machine)).stdout, functions);
    expect(specs.map(({ tags }) => tags)).toEqual([{ managed: 'no', live_migratable: 'yes' }]);
    expect(aliases).toEqual([{ name: 'nic-15b3-101e-vf-migratable', ids: ['15b3', '101e'], type: 'type-VF', liveMigratable: true }]);
    const { machine: grace } = await host([{ ...GPU, address: '0000:01:00.0', driver: 'nvgrace-gpu-vfio-pci' }]);
    const told = readNovaConf((await hostdev(['export', 'nova'], '', grace)).stdout, []);
    expect(told.specs.map(({ tags }) => tags)).toEqual([{ managed: 'no' }]);
    expect(told.aliases.map(({ liveMigratable }) => liveMigratable)).toEqual([undefined]);
  });

  it('puts virtual functions on the network of their physical one, and has no alias for them: ports ask for those', async () => {
    const { machine, functions } = await host([{ ...NIC, address: '0000:03:00.0', sriov: { ...NIC.sriov, driver: 'mlx5_core' } }], {}, [['0000:03:00.0', 2]]);
    const { stdout } = await hostdev(['export', 'nova', '--physical-network', 'phys$1:eth2'], '', machine);
    const { specs, aliases } = readNovaConf(stdout, functions);
    expect(stdout).toContain('"physical_network":"phys$$1"');
    expect(specs.map(({ tags }) => tags)).toEqual([{ physical_network: 'phys$1' }, { physical_network: 'phys$1' }]);
    expect(aliases).toEqual([]);
    expect(leftOut(stdout)).toEqual(['0000:03:00.0']);
  });

  it.each([
    ['an interface that no function has', 'physnet1:eth9', 'function-unknown'],
    ['a network without interface', 'physnet1', 'usage'],
    ['an interface without network', ':eth2', 'usage'],
    ['an interface on two networks', 'a:eth2,b:eth2', 'usage'],
    ['more than two words', 'a:b:eth2', 'usage'],
    ['nothing behind a comma', 'a:eth2,', 'usage'],
  ])('refuses %s', async (_, networks, code) => {
    const { machine } = await host([{ ...NIC, address: '0000:03:00.0' }]);
    const { status, stdout, stderr } = await hostdev(['export', 'nova', '--physical-network', networks], '', machine);
    expect([status > 0, stdout]).toEqual([true, '']);
    expect(stderr).toContain(`[${code}]`);
  });

  it('is read by the rules of Nova on whatever host: only what is free, of each group one, each by one spec and asked for by an alias, and all else left out', async () => {
    await fc.assert(
      fc.asyncProperty(randomHost, async (random) => {
        const { machine, functions } = await hostOf(random);
        const { stdout, status } = await hostdev(['export', 'nova'], '', machine);
        expect(status).toBe(0);
        const { specs, aliases } = readNovaConf(stdout, functions);
        const given = functions.filter((device) => specs.some((spec) => spec.matches(device)));
        const found = await verdicts(machine);
        for (const device of given) {
          expect(found.get(device.address)).toBe('free');
          expect(specs.filter((spec) => spec.matches(device)).length).toBe(1);
          const mates = functions.filter((other) => other !== device && other.group === device.group);
          expect(mates.filter((mate) => given.includes(mate) || (!mate.isBridge && MUST_GO(mate.driver)))).toEqual([]);
          const asking = aliases.filter(({ ids, type }) => ids[0] === device.vendor && ids[1] === device.device && type === novaType(device));
          expect(asking.length).toBeGreaterThan(0);
        }
        for (const spec of specs) expect(given.filter((device) => spec.matches(device)).length).toBe(1);
        const others = functions.filter((device) => !device.isBridge && !given.includes(device)).map(({ address }) => address);
        expect(leftOut(stdout).toSorted()).toEqual(others.toSorted());
      }),
      { numRuns: 100 },
    );
  });
});

describe('export proxmox', () => {
  const NODE = ['--node', 'pve1'];

  it('maps a whole slot where all that is in it goes, with the ids of its first function', async () => {
    const { machine } = await host([
      { ...GPU, address: '0000:01:00.0', driver: 'nouveau', attributes: SUBSYSTEM },
      { ...SOUND, address: '0000:01:00.1', driver: 'snd_hda_intel' },
    ]);
    expect((await hostdev(['export', 'proxmox', ...NODE], '', machine)).stdout).toBe(
      'gpu_10de_2236\n\tmap id=10de:2236,iommugroup=7,node=pve1,path=0000:01:00,subsystem-id=10de:1482\n',
    );
    expect((await hostdev(['export', 'proxmox', '1:0.1', ...NODE], '', machine)).stdout).toContain('path=0000:01:00,');
  });

  it('has one mapping for functions of one kind, any of which a guest gets', async () => {
    const { machine, functions } = await host([1, 2].map((bus) => ({ ...GPU, address: `0000:0${bus}:00.0`, iommuGroup: bus })));
    const [mapping, ...others] = readPciCfg((await hostdev(['export', 'proxmox', ...NODE], '', machine)).stdout, functions);
    expect(mapping?.maps.map((map) => map.functions.map(({ address }) => address))).toEqual([['0000:01:00.0'], ['0000:02:00.0']]);
    expect(others).toEqual([]);
  });

  it.each<[string, readonly FakeFunction[], readonly (readonly string[])[]]>([
    [
      'of one kind over two slots are named one by one',
      [
        { ...GPU, address: '0000:01:00.0' },
        { ...GPU, address: '0000:02:00.0' },
      ],
      [['0000:01:00.0', '0000:02:00.0']],
    ],
    [
      'of two kinds over two slots cannot be named',
      [
        { ...GPU, address: '0000:01:00.0' },
        { ...SOUND, address: '0000:02:00.0' },
      ],
      [],
    ],
    [
      'of two kinds without function 0 cannot be named',
      [
        { ...GPU, address: '0000:01:00.1' },
        { ...SOUND, address: '0000:01:00.2' },
      ],
      [],
    ],
    [
      'of two subsystems over two slots cannot be named',
      [
        { ...GPU, address: '0000:01:00.0', attributes: SUBSYSTEM },
        { ...GPU, address: '0000:02:00.0' },
      ],
      [],
    ],
    [
      'that share their slot with another group are not given by the slot',
      [
        { ...GPU, address: '0000:01:00.0' },
        { ...GPU, address: '0000:01:00.1' },
        { ...SOUND, address: '0000:01:00.2', iommuGroup: 8 },
      ],
      [['0000:01:00.0', '0000:01:00.1'], ['0000:01:00.2']],
    ],
  ])('functions of a group %s', async (_, members, given) => {
    const { machine, functions } = await host(members);
    const mappings = readPciCfg((await hostdev(['export', 'proxmox', ...NODE], '', machine)).stdout, functions);
    expect(mappings.flatMap(({ maps }) => maps.map((map) => map.functions.map(({ address }) => address)))).toEqual(given);
  });

  it('says of a function that mediated devices can be made of it, and of one whose driver moves its state', async () => {
    const types = { '/sys/bus/pci/devices/0000:01:00.0/mdev_supported_types/nvidia-63/name': 'GRID\n' };
    const { machine, functions } = await host(
      [
        { ...GPU, address: '0000:01:00.0', driver: 'nvidia' },
        { ...GPU, address: '0000:02:00.0', iommuGroup: 8 },
        { ...NIC, address: '0000:03:00.0' },
      ],
      types,
      [['0000:03:00.0', 1]],
    );
    const mappings = readPciCfg((await hostdev(['export', 'proxmox', ...NODE], '', machine)).stdout, functions);
    expect(mappings.map(({ name, mdev, isMigratable }) => [name, mdev, isMigratable])).toEqual([
      ['gpu_10de_2236_mdev', true, false],
      ['gpu_10de_2236', false, false],
      ['nic_15b3_101e_migratable', false, true],
    ]);
  });

  it.each<[string, Readonly<Record<string, string>>, readonly string[], string]>([
    ['is the host without its domain', { '/proc/sys/kernel/hostname': 'pve7.example.org\n' }, [], 'pve7'],
    ['is the one that is named', { '/proc/sys/kernel/hostname': 'pve7\n' }, NODE, 'pve1'],
  ])('the node %s', async (_, files, words, node) => {
    const { machine, functions } = await host([{ ...GPU, address: '0000:01:00.0' }], files);
    const mappings = readPciCfg((await hostdev(['export', 'proxmox', ...words], '', machine)).stdout, functions);
    expect(mappings.flatMap(({ maps }) => maps.map((map) => map.node))).toEqual([node]);
  });

  it.each<[string, readonly string[]]>([
    ['is not known', []],
    ['is none: pve_1', ['--node', 'pve_1']],
    ['would be two values: a,path=b', ['--node', 'a,path=b']],
    ['is empty', ['--node', '']],
  ])('a node whose name %s is refused', async (_, words) => {
    const { machine } = await host([{ ...GPU, address: '0000:01:00.0' }]);
    expect(await hostdev(['export', 'proxmox', ...words], '', machine)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('[usage]') });
  });

  it('writes what pci.ids calls a function on one line', async () => {
    const { machine, functions } = await host([{ ...GPU, address: '0000:01:00.0' }]);
    const ids = new TextEncoder().encode('10de  NVIDIA Corporation\n\t2236  GA102GL\u001b [A10] \n');
    const named: Machine = { ...machine, context: async () => ({ ...(await machine.context()), readPciIds: async () => ids }) };
    const { stdout } = await hostdev(['export', 'proxmox', ...NODE], '', named);
    expect(readPciCfg(stdout, functions)[0]?.description).toBe('NVIDIA Corporation GA102GL  [A10]');
    expect((await hostdev(['export', 'nova'], '', named)).stdout).toContain('\n# NVIDIA Corporation GA102GL  [A10]\ndevice_spec');
  });

  it('is read by the rules of Proxmox on whatever host: groups that are free whole, each once and by what the node has, and all else left out', async () => {
    await fc.assert(
      fc.asyncProperty(randomHost, async (random) => {
        const { machine, functions } = await hostOf(random);
        const { stdout, status } = await hostdev(['export', 'proxmox', ...NODE], '', machine);
        expect(status).toBe(0);
        const sets = readPciCfg(stdout, functions).flatMap(({ maps }) => maps.map((map) => map.functions));
        const given = sets.flat();
        expect(new Set(given).size).toBe(given.length);
        const found = await verdicts(machine);
        for (const set of sets) {
          expect(set.map(({ address }) => found.get(address))).toEqual(set.map(() => 'free'));
          const [group] = new Set(set.map((device) => device.group));
          expect(functions.filter((device) => device.group === group && !device.isBridge).toSorted(byAddress)).toEqual([...set].toSorted(byAddress));
        }
        const others = functions.filter((device) => !device.isBridge && !given.includes(device)).map(({ address }) => address);
        expect(leftOut(stdout).toSorted()).toEqual(others.toSorted());
      }),
      { numRuns: 100 },
    );
  });
});

function byAddress(one: SeenFunction, other: SeenFunction): number {
  return one.address < other.address ? -1 : 1;
}

describe('the readers that the tests have', () => {
  const SEEN: SeenFunction = {
    address: '0000:01:00.0',
    vendor: '10de',
    device: '2236',
    subsystem: undefined,
    group: 7,
    driver: undefined,
    isBridge: false,
    parent: undefined,
    totalVfs: 0,
    hasMdevTypes: false,
  };

  it.each([
    ['an option outside of [pci]', 'device_spec = {}'],
    ['a value that is no JSON', '[pci]\ndevice_spec = {"vendor_id":10de}'],
    ['an id that is a number', '[pci]\ndevice_spec = {"vendor_id":10}'],
    ['an id that is too large', '[pci]\ndevice_spec = {"vendor_id":"10de0"}'],
    ['a slot that there cannot be', '[pci]\ndevice_spec = {"address":"0000:01:20.0"}'],
    ['a domain of more than 16 bits', '[pci]\ndevice_spec = {"address":"10000:01:00.0"}'],
    ['a reference', '[pci]\ndevice_spec = {"physical_network":"a$b"}'],
    ['a word that is neither true nor false', '[pci]\ndevice_spec = {"managed":"never"}'],
    ['an alias with another name', '[pci]\nalias = {"name":"a","vendor_id":"10de","product_id":"2236","address":"0000:01:00.0"}'],
    ['an alias without ids', '[pci]\nalias = {"name":"a"}'],
    ['an alias that flavors cannot name', '[pci]\nalias = {"name":"a:b","vendor_id":"10de","product_id":"2236"}'],
    [
      'two aliases of one name',
      '[pci]\nalias = {"name":"a","vendor_id":"10de","product_id":"2236"}\nalias = {"name":"a","vendor_id":"10de","product_id":"2237"}',
    ],
  ])('that of nova.conf refuses %s', (_, text) => {
    expect(() => readNovaConf(text, [SEEN])).toThrow();
  });

  it.each([
    ['a mapping whose name has a blank', 'a b\n\tmap node=n,id=10de:2236,iommugroup=7,path=0000:01:00.0\n'],
    ['a mapping that maps nothing', 'gpu\n\tmdev 0\n'],
    ['a property that is none', 'gpu\n\tname x\n'],
    ['another device than expected', 'gpu\n\tmap node=n,id=10de:2237,iommugroup=7,path=0000:01:00.0\n'],
    ['another group than expected', 'gpu\n\tmap node=n,id=10de:2236,iommugroup=8,path=0000:01:00.0\n'],
    ['a subsystem that the kernel does not show', 'gpu\n\tmap node=n,id=10de:2236,iommugroup=7,path=0000:01:00.0,subsystem-id=10de:1482\n'],
    ['mediated devices that there are not', 'gpu\n\tmap node=n,id=10de:2236,iommugroup=7,path=0000:01:00.0\n\tmdev 1\n'],
    ['a path without domain', 'gpu\n\tmap node=n,id=10de:2236,iommugroup=7,path=01:00.0\n'],
    ['a path that is not there', 'gpu\n\tmap node=n,id=10de:2236,iommugroup=7,path=0000:02:00.0\n'],
    ['a line behind the end of a section', 'gpu\n\n\tmdev 1\n'],
    ['a mapping twice', 'gpu\n\tmap node=n,id=10de:2236,iommugroup=7,path=0000:01:00.0\n\ngpu\n\tmap node=n,id=10de:2236,iommugroup=7,path=0000:01:00.0\n'],
  ])('that of pci.cfg refuses %s', (_, text) => {
    expect(() => readPciCfg(text, [SEEN])).toThrow();
  });
});
