/** A host with as many functions as wanted, as files: every tenth an NVMe disk, every tenth a network card, groups of one. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function makeSyntheticHost(root: string, count: number): void {
  for (const name of ['sys/bus/pci/devices', 'sys/class/net', 'sys/class/block', 'sys/kernel/iommu_groups', 'proc', 'dev'])
    mkdirSync(join(root, name), { recursive: true });
  for (let i = 0; i < count; i += 1) addFunction(root, i);
  writeFileSync(join(root, 'proc/mounts'), '');
}

function addFunction(root: string, i: number): void {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const address = `${hex(i >> 8, 4)}:${hex(i & 0xff, 2)}:00.0`;
  // As in a real sysfs: the device is below its bridge, and the bus has links to it.
  const path = `devices/pci${hex(i >> 8, 4)}:00/${address}`;
  const at = join(root, 'sys', path);
  mkdirSync(at, { recursive: true });
  const kind = i % 10 === 0 ? 'nvme' : i % 10 === 1 ? 'net' : 'other';
  const pciClass = { nvme: '010802', net: '020000', other: '120000' }[kind];
  const modalias = `pci:v00008086d000010D3sv00008086sd00000001bc${pciClass.slice(0, 2)}sc${pciClass.slice(2, 4)}i${pciClass.slice(4)}`;
  const attributes = {
    vendor: '0x8086',
    device: '0x10d3',
    class: `0x${pciClass}`,
    subsystem_vendor: '0x8086',
    subsystem_device: '0x0001',
    revision: '0x01',
    numa_node: '0',
    reset_method: 'flr bus',
    driver_override: '(null)',
    modalias,
    uevent: `DRIVER=${kind}\nPCI_CLASS=${pciClass.replace(/^0{1,2}/, '')}\nPCI_ID=8086:10D3\nPCI_SUBSYS_ID=8086:0001\nPCI_SLOT_NAME=${address}\nMODALIAS=${modalias}`,
    current_link_speed: '16.0 GT/s PCIe',
    current_link_width: '8',
    max_link_speed: '16.0 GT/s PCIe',
    max_link_width: '8',
    enable: '1',
    irq: '24',
    resource: '0x0000000000000000 0x0000000000000000 0x0000000000000000',
  };
  for (const [name, text] of Object.entries(attributes)) writeFileSync(join(at, name), `${text}\n`);
  const config = new Uint8Array(4096);
  config.set([0x86, 0x80, 0xd3, 0x10]);
  writeFileSync(join(at, 'config'), config);
  symlinkSync(`../../../bus/pci/drivers/${kind}`, join(at, 'driver'));
  symlinkSync(`../../../kernel/iommu_groups/${i}`, join(at, 'iommu_group'));
  symlinkSync(`../../../${path}`, join(root, 'sys/bus/pci/devices', address));
  mkdirSync(join(root, `sys/kernel/iommu_groups/${i}/devices`), { recursive: true });
  symlinkSync(`../../../../${path}`, join(root, `sys/kernel/iommu_groups/${i}/devices`, address));
  if (kind === 'net') {
    mkdirSync(join(at, `net/eth${i}`), { recursive: true });
    symlinkSync(`../../${path}/net/eth${i}`, join(root, `sys/class/net/eth${i}`));
  }
  if (kind === 'nvme') {
    const disk = join(at, `nvme/nvme${i}/nvme${i}n1`);
    mkdirSync(join(disk, 'holders'), { recursive: true });
    writeFileSync(join(disk, 'dev'), `259:${i}\n`);
    symlinkSync(`../../${path}/nvme/nvme${i}/nvme${i}n1`, join(root, `sys/class/block/nvme${i}n1`));
  }
}
