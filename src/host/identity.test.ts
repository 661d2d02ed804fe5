/** What a function says it is: in one read where the kernel gives it in one, in several where a copy lacks that. */
import { describe, expect, it } from 'vitest';
import { listFunctions } from '../app/list.ts';
import { formatPciAddress } from '../pci/address.ts';
import { judge } from '../state/judge.ts';
import { type Tree, treePort } from '../testing/tree-port.ts';
import { readHostState } from './host-state.ts';
import { readInventory } from './inventory.ts';
import type { HostReader } from './port.ts';

const AT = '/sys/bus/pci/devices/0000:01:00.0';
const MODALIAS = 'pci:v000015B3d0000101Esv000015B3sd00000083bc02sc00i00';
const UEVENT = `DRIVER=mlx5_core\nPCI_CLASS=20000\nPCI_ID=15B3:101E\nPCI_SUBSYS_ID=15B3:0083\nPCI_SLOT_NAME=0000:01:00.0\nMODALIAS=${MODALIAS}\n`;

const ATTRIBUTES: Tree = {
  [`${AT}/vendor`]: '0x15b3\n',
  [`${AT}/device`]: '0x101e\n',
  [`${AT}/class`]: '0x020000\n',
  [`${AT}/subsystem_vendor`]: '0x15b3\n',
  [`${AT}/subsystem_device`]: '0x0083\n',
  [`${AT}/modalias`]: `${MODALIAS}\n`,
  [`${AT}/revision`]: '0x01\n',
  [`${AT}/numa_node`]: '1\n',
  [`${AT}/current_link_speed`]: '16.0 GT/s PCIe\n',
  [`${AT}/driver`]: '→ ../../bus/pci/drivers/mlx5_core',
  [`${AT}/iommu_group`]: '→ ../../kernel/iommu_groups/3',
  '/sys/kernel/iommu_groups/3/devices/0000:01:00.0': '→ x',
  '/proc/1/comm': 'init\n',
};

const withUevent = (uevent: string, attributes: Tree = ATTRIBUTES): Tree => ({ ...attributes, [`${AT}/uevent`]: uevent });

/** A machine that notes which attributes are asked for, and how much of a file. */
function watched(tree: Tree): { readonly port: HostReader; readonly asked: string[] } {
  const [port, asked] = [treePort(tree), [] as string[]];
  const note = (path: string, limit?: number): void =>
    void (path.startsWith(AT) && asked.push(`${path.slice(AT.length + 1)}${limit === undefined ? '' : ` ${limit}`}`));
  return {
    asked,
    port: {
      ...port,
      read: (path, limit) => {
        note(path, limit);
        return port.read(path, limit);
      },
      attributes: (directory, names) => {
        for (const name of names) note(`${directory}/${name}`);
        return port.attributes(directory, names);
      },
    },
  };
}

describe('what a function is', () => {
  it('is the same by uevent as by its attributes, and so is all that is judged and listed', async () => {
    const [one, other] = [treePort(ATTRIBUTES), treePort(withUevent(UEVENT))];
    expect(await readInventory(other)).toEqual(await readInventory(one));
    expect(judge(await readHostState(other))).toEqual(judge(await readHostState(one)));
    const listed = (port: typeof one) => listFunctions({ port, isRoot: true, readPciIds: async () => undefined });
    expect(await listed(other)).toEqual(await listed(one));
    expect((await readInventory(other))[0]).toMatchObject({
      vendor: 0x15b3,
      device: 0x101e,
      subsystemVendor: 0x15b3,
      subsystemDevice: 0x83,
      pciClass: 0x020000,
    });
  });

  it.each([
    ['is empty', ''],
    ['is cut', UEVENT.slice(0, 60)],
    ['has no modalias', UEVENT.replace(/MODALIAS.*\n/, '')],
    ['is of another function', UEVENT.replace('0000:01:00.0', '0000:02:00.0').replace('15B3:101E', '8086:1521')],
    ['has a class that is none', UEVENT.replace('20000', 'net')],
    ['has ids that are none', UEVENT.replace('15B3:101E', '15B3')],
    ['is binary', '\u0000\u0001\u0002'],
  ])('is asked of the attributes where uevent %s', async (_, uevent) => {
    expect(await readInventory(treePort(withUevent(uevent)))).toEqual(await readInventory(treePort(ATTRIBUTES)));
  });

  it('is told by uevent where attributes of a copy differ: the kernel prints both of the same fields', async () => {
    const [found] = await readInventory(treePort(withUevent(UEVENT, { ...ATTRIBUTES, [`${AT}/device`]: '0x1521\n' })));
    expect(found?.device).toBe(0x101e);
  });

  it.each([
    ['00000', 0x000000],
    ['C0330', 0x0c0330],
    ['10802', 0x010802],
    ['120000', 0x120000],
    ['0000', 0x000000],
  ])('has the class %s, which the kernel writes with four digits or more', async (digits, pciClass) => {
    const [found] = await readInventory(treePort(withUevent(UEVENT.replace('20000', digits))));
    expect(found?.pciClass).toBe(pciClass);
  });

  it('is known where uevent cannot be read and the attributes can: then nothing is missing', async () => {
    const state = await readHostState(treePort(withUevent(UEVENT), { refused: [`${AT}/uevent`] }));
    expect(judge(state).map(({ device, verdict }) => [formatPciAddress(device.address), device.vendor, verdict])).toEqual([['0000:01:00.0', 0x15b3, 'free']]);
  });

  it('is not known where neither can be read', async () => {
    const state = await readHostState(treePort(withUevent(UEVENT), { refused: [`${AT}/uevent`, `${AT}/vendor`] }));
    expect(judge(state).map(({ device, verdict }) => [device.unread, verdict])).toEqual([[['vendor'], 'unknown']]);
  });
});

describe('reading a whole host', () => {
  it('asks of a function what it is judged by and no more', async () => {
    const { port, asked } = watched({ ...withUevent(UEVENT), [`${AT}/config`]: 'x', [`${AT}/reset_method`]: 'flr\n', [`${AT}/driver_override`]: '(null)\n' });
    await readHostState(port);
    expect(asked.toSorted()).toEqual(['config 257', 'driver_override', 'reset_method', 'uevent']);
  });
});
