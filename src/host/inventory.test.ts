import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatPciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { fakeKernel } from '../testing/fake-kernel.ts';
import { findCapability, isExpress } from './config-space.ts';
import { readInventory, readNodeDevice } from './inventory.ts';
import { openMachine } from './machine-port.ts';
import { isVfioDriver } from '../state/node-device.ts';
import { attributesThrough, type HostPort } from './port.ts';

describe('a sysfs tree on disk', () => {
  let root: string;
  let device: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'hostdev-sysfs-'));
    device = join(root, 'sys/bus/pci/devices/0002:00:00.0');
    await mkdir(join(device, 'net/eno1'), { recursive: true });
    const attributes = {
      vendor: '0x15b3',
      device: '0x101e',
      class: '0x020000',
      subsystem_vendor: '0x15b3',
      subsystem_device: '0x0083',
      revision: '0x00',
      numa_node: '-1',
      reset_method: 'flr bus',
      driver_override: '(null)',
      function_id: '0x00000012',
      uid: '0x2',
      uid_is_unique: '0',
      pchid: '0x01c0',
      port: '1',
      pft: '0x0a',
      vfn: '0x0003',
      pfgid: '0x00',
      function_handle: '0x80000012',
      current_link_speed: '16.0 GT/s PCIe',
      current_link_width: '8',
      sriov_totalvfs: '8',
      sriov_numvfs: '2',
    };
    for (const [name, text] of Object.entries(attributes)) await writeFile(join(device, name), `${text}\n`);
    await writeFile(join(device, 'config'), new Uint8Array(256));
    await symlink('../../../../bus/pci/drivers/mlx5_core', join(device, 'driver'));
    await symlink('../../../../kernel/iommu_groups/3', join(device, 'iommu_group'));
    await symlink('../0002:00:00.2', join(device, 'virtfn1'));
    await symlink('../0002:00:00.1', join(device, 'virtfn0'));
    await mkdir(join(root, 'sys/bus/pci/devices/not-an-address'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('gives every fact of a function', async () => {
    const [only, ...rest] = await readInventory(openMachine(root));
    expect(rest).toEqual([]);
    expect(only).toEqual({
      address: parsePciAddress('0002:00:00.0'),
      vendor: 0x15b3,
      device: 0x101e,
      subsystemVendor: 0x15b3,
      subsystemDevice: 0x83,
      revision: 0,
      pciClass: 0x020000,
      driver: 'mlx5_core',
      driverOverride: undefined,
      iommuGroup: 3,
      resetMethods: ['flr', 'bus'],
      numaNode: undefined,
      headerType: 0,
      express: false,
      answers: true,
      unread: [],
      domainController: undefined,
      physicalFunction: undefined,
      modalias: undefined,
      netdevs: ['eno1'],
      netdevElsewhere: false,
      bootVga: false,
      mdevs: [],
      sriov: { totalVfs: 8, numVfs: 2, virtualFunctions: ['0002:00:00.1', '0002:00:00.2'].map(parsePciAddress) },
      link: { speed: '16.0 GT/s PCIe', width: '8', maxSpeed: undefined, maxWidth: undefined },
      zpci: { fid: 0x12, uid: 2, uidIsUnique: false, pchid: 0x1c0, port: 1, pft: 10, vfn: 3, pfgid: 0, functionHandle: 0x80000012 },
    });
  });

  it('may also be given as a copy of /sys itself', async () => {
    expect(await readInventory(openMachine(join(root, 'sys')))).toHaveLength(1);
  });

  it.each(['uevent', 'vendor', 'numa_node'])('has a pipe as %s, which cannot be read: all the rest is there', async (name) => {
    await rm(join(device, name), { force: true });
    execFileSync('mkfifo', [join(device, name)]);
    const port = openMachine(root);
    expect(await readInventory(port)).toMatchObject([{ address: parsePciAddress('0002:00:00.0'), device: 0x101e, driver: 'mlx5_core' }]);
    expect([...port.refused]).toEqual([[`/sys/bus/pci/devices/0002:00:00.0/${name}`, 'ESPIPE']]);
  });

  it('without PCI is told as that', async () => {
    await rm(join(root, 'sys/bus/pci'), { recursive: true });
    await expect(readInventory(openMachine(root))).rejects.toMatchObject({ code: 'no-pci' });
    expect(() => openMachine(join(root, 'nowhere'))).toThrow(expect.objectContaining({ code: 'file-not-found' }) as Error);
  });
});

describe('functions that go away', () => {
  it('while they are read are left out, the others are there', async () => {
    const kernel = fakeKernel(Array.from({ length: 40 }, (_, i) => ({ address: `0000:${i.toString(16).padStart(2, '0')}:00.0` })));
    let reads = 0;
    const read: HostPort['read'] = async (path, limit) => {
      reads += 1;
      if (reads % 7 === 0) kernel.vanish(path.split('/')[5] ?? '');
      return kernel.read(path, limit);
    };
    const port: HostPort = { ...kernel, read, attributes: attributesThrough(read) };
    const found = await readInventory(port);
    const left = await kernel.list('/sys/bus/pci/devices');
    expect(found.length).toBeLessThan(40);
    expect(found.length).toBeGreaterThanOrEqual(left?.length ?? 0);
    expect(found.map((f) => formatPciAddress(f.address))).toEqual([...found.map((f) => formatPciAddress(f.address))].sort());
  });

  it('before they are read do not exist', async () => {
    expect(await readNodeDevice(fakeKernel([]), parsePciAddress('2:0.0'))).toBeUndefined();
  });
});

describe('configuration space', () => {
  const withCapability = (id: number): Uint8Array => {
    const bytes = new Uint8Array(256);
    bytes.set([0x10], 0x06);
    bytes.set([0x40], 0x34);
    bytes.set([0x01, 0x50], 0x40);
    bytes.set([id, 0x00], 0x50);
    return bytes;
  };

  it('finds a capability behind another', () => {
    expect([findCapability(withCapability(0x10), 0x10), findCapability(withCapability(0x11), 0x10)]).toEqual([0x50, undefined]);
  });

  it('does not run in circles', () => {
    const bytes = withCapability(0x11);
    bytes[0x51] = 0x40;
    expect(findCapability(bytes, 0x10)).toBeUndefined();
  });

  it.each([
    ['an Express capability', withCapability(0x10), true],
    ['no capability in 256 bytes', new Uint8Array(256), false],
    ['64 bytes, as users who are not root see: no proof of either', new Uint8Array(64), undefined],
    ['nothing that can be read', undefined, true],
  ])('%s', (_, bytes, expected) => {
    expect(isExpress(bytes)).toBe(expected);
  });
});

describe('drivers that serve guests', () => {
  it.each([
    ['vfio-pci', true],
    ['mlx5_vfio_pci', true],
    ['nvgrace-gpu-vfio-pci', true],
    ['nvme', false],
    [undefined, false],
  ])('%s: %s', (driver, expected) => {
    expect(isVfioDriver(driver)).toBe(expected);
  });
});
