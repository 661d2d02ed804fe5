/** Definitions with what libvirt has learnt since 11.3, right and wrong; older ones refuse it, or leave it out. */

interface Parts {
  /** Before `<os>`. */
  readonly more?: string;
  readonly devices: string;
}

function guest(arch: string, machine: string, { more = '', devices }: Parts): string {
  return `<domain type='qemu'><name>guest</name><memory unit='MiB'>256</memory>${more}<os><type arch='${arch}' machine='${machine}'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-${arch}</emulator><controller type='usb' model='none'/>${devices}<memballoon model='none'/></devices></domain>`;
}

const virt = (devices: string, more = ''): string => guest('aarch64', 'virt', { devices, more });
const q35 = (devices: string, more = ''): string => guest('x86_64', 'q35', { devices, more });
const z = (devices: string, more = ''): string => guest('s390x', 's390-ccw-virtio', { devices, more });
const pseries = (devices: string, more = ''): string => guest('ppc64', 'pseries', { devices, more });
const riscv = (devices: string, more = ''): string => guest('riscv64', 'virt', { devices, more });

const ROOT = "<controller type='pci' index='0' model='pcie-root'/>";
const expander = (index: number): string => `<controller type='pci' index='${index}' model='pcie-expander-bus'/>`;
const PORT = "<controller type='pci' index='1' model='pcie-root-port'/>";
const iommu = (model: string, inner = ''): string => `<iommu model='${model}'>${inner}</iommu>`;
const smmuv3 = (bus: number | string): string => iommu('smmuv3', `<driver pciBus='${bus}'/>`);
const AT_9 = "<address type='pci' domain='0' bus='0' slot='9' function='0'/>";
const ACPI = '<features><acpi/></features>';

/** IOMMUs, which are started as well. */
export const IOMMUS: readonly (readonly [what: string, xml: string])[] = [
  ['one of the whole machine', virt(iommu('smmuv3'))],
  ['two of the whole machine', virt(iommu('smmuv3') + iommu('smmuv3'))],
  ['one on an expander', virt(ROOT + expander(1) + smmuv3(1))],
  ['one on the root and one on an expander', virt(ROOT + expander(1) + smmuv3(0) + smmuv3(1))],
  ['one on a bus that there is not', virt(ROOT + smmuv3(9))],
  ['one on a port', virt(ROOT + PORT + smmuv3(1))],
  ['two on one bus', virt(ROOT + expander(1) + smmuv3(1) + smmuv3(1))],
  ['one of the whole machine and one of a bus', virt(ROOT + expander(1) + iommu('smmuv3') + smmuv3(1))],
  ['two of Intel', q35(iommu('intel') + iommu('intel'))],
  ['one of AMD', q35(iommu('amd'))],
  ['AMD and Intel', q35(iommu('amd') + iommu('intel'))],
  ['two of virtio', q35(iommu('virtio') + iommu('virtio'), ACPI)],
];

const IOMMUS_NOT_TAKEN: readonly (readonly [what: string, xml: string])[] = [
  ['pciBus that is no number', virt(smmuv3('x'))],
  ['pciBus of another model', q35(iommu('intel', "<driver pciBus='0'/>"))],
  ['pciBus of virtio', q35(iommu('virtio', "<driver pciBus='0'/>"), ACPI)],
  ['one of Arm on q35', q35(iommu('smmuv3'))],
  ['one of Intel with an address', q35(iommu('intel', AT_9))],
  ['one of AMD with an address', q35(iommu('amd', AT_9))],
];

const hostdev = (inner: string): string =>
  `<hostdev mode='subsystem' type='pci'><source><address domain='0xfff0' bus='1' slot='0' function='0'/></source>${inner}</hostdev>`;
const CELLS = "<cpu><numa><cell id='0' cpus='0' memory='128' unit='MiB'/><cell id='1' cpus='1' memory='128' unit='MiB'/></numa></cpu>";
const NUMA = `<vcpu>2</vcpu>${CELLS}`;
const nodeset = (cells: string): string => hostdev(`<acpi nodeset='${cells}'/>`);

const NEAR: readonly (readonly [what: string, xml: string])[] = [
  ['cells on Arm', virt(nodeset('0-1'), NUMA)],
  ['cells on x86', q35(nodeset('1'), NUMA + ACPI)],
  ['a cell that there is not', virt(nodeset('7'), NUMA)],
  ['a cell of a guest without', virt(nodeset('0'))],
  ['cells on IBM Z', z(nodeset('0'))],
  ['cells that are none', virt(nodeset('x'), NUMA)],
  ['a range the wrong way round', virt(nodeset('3-1'), NUMA)],
  ['all cells but one', virt(nodeset('0-2,^1'), NUMA)],
  ['cells of an interface', virt("<interface type='user'><model type='virtio'/><acpi nodeset='0'/></interface>", NUMA)],
  ['ACPI index 0', q35(hostdev("<acpi index='0'/>"), ACPI)],
  ['ACPI index 3', q35(hostdev("<acpi index='3'/>"), ACPI)],
];

const IOMMUFD: readonly (readonly [what: string, xml: string])[] = [
  ['of the whole guest', q35(hostdev(''), "<iommufd enabled='yes'/>")],
  ['of a device in a guest without', q35(hostdev("<driver iommufd='yes'/>"), "<iommufd enabled='no'/>")],
  ['of a device, neither yes nor no', q35(hostdev("<driver iommufd='maybe'/>"))],
  ['of the guest, neither yes nor no', q35(hostdev(''), "<iommufd enabled='maybe'/>")],
  ['of the guest, without a word', q35(hostdev(''), '<iommufd/>')],
  ['where QEMU has none', pseries(hostdev("<driver iommufd='yes'/>"))],
];

function memory(model: string, more: { readonly node?: string; readonly address?: string } = {}): string {
  const source = model === 'virtio-pmem' ? '<source><path>/tmp/p</path></source>' : '';
  const mem = `${more.node ?? '<node>0</node>'}<block unit='MiB'>2</block><requested unit='MiB'>64</requested>`;
  return `<memory model='${model}'>${source}<target><size unit='MiB'>128</size>${model === 'virtio-pmem' ? '' : mem}</target>${more.address ?? ''}</memory>`;
}
const ROOM = "<maxMemory slots='8' unit='MiB'>4096</maxMemory>";

const MEMORY: readonly (readonly [what: string, xml: string])[] = [
  ['virtio-mem on q35', q35(memory('virtio-mem') + memory('virtio-mem'), ROOM + NUMA)],
  ['virtio-mem on Arm', virt(memory('virtio-mem'), ROOM + NUMA)],
  ['virtio-mem on IBM Z', z(memory('virtio-mem', { node: '' }), ROOM)],
  ['virtio-mem on PCI of IBM Z', z(memory('virtio-mem', { node: '', address: "<address type='pci'/>" }), ROOM)],
  ['virtio-mem on pSeries', pseries(memory('virtio-mem'), ROOM + NUMA)],
  ['virtio-mem on RISC-V', riscv(memory('virtio-mem'), ROOM + NUMA)],
  ['virtio-mem without cells', q35(memory('virtio-mem'), ROOM)],
  ['virtio-mem without room', q35(memory('virtio-mem'), NUMA)],
  ['virtio-mem that says where', q35(memory('virtio-mem', { address: AT_9 }), ROOM + NUMA)],
  ['virtio-mem in a slot for memory', q35(memory('virtio-mem', { address: "<address type='dimm' slot='0'/>" }), ROOM + NUMA)],
  ['virtio-pmem on q35', q35(memory('virtio-pmem'), ROOM + NUMA)],
  ['virtio-pmem on IBM Z', z(memory('virtio-pmem'), ROOM)],
];

const nvme = (name: string, serial: string): string =>
  `<disk type='file' device='disk'><source file='/nowhere/${name}'/><target dev='${name}' bus='nvme'/>${serial === '' ? '' : `<serial>${serial}</serial>`}</disk>`;
const NVME: readonly (readonly [what: string, xml: string])[] = [
  ['two disks of one controller', q35(nvme('nvme0n1', 'a') + nvme('nvme0n2', ''))],
  ['one on IBM Z', z(nvme('nvme0n1', 'a'))],
];

const named = (what: string, rows: readonly (readonly [string, string])[]): (readonly [string, string])[] => rows.map(([row, xml]) => [`${what}: ${row}`, xml]);

export const NEWER_XML: readonly (readonly [what: string, xml: string])[] = [
  ...named('IOMMU', [...IOMMUS, ...IOMMUS_NOT_TAKEN]),
  ...named('ACPI', NEAR),
  ...named('iommufd', IOMMUFD),
  ...named('memory', MEMORY),
  ...named('NVMe', NVME),
];
