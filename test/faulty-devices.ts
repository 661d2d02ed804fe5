/** Devices with a fault each, or with what is one on some machines and for some libvirts only. */

/** Architecture and machine. */
type Asked = readonly [arch: string, machine: string];
const Q35: Asked = ['x86_64', 'q35'];
const PC: Asked = ['x86_64', 'pc'];
const VIRT: Asked = ['aarch64', 'virt'];
const PSERIES: Asked = ['ppc64', 'pseries'];
const Z: Asked = ['s390x', 's390-ccw-virtio'];

type Fault = readonly [name: string, devices: string];

const pci = (model: string, more = '', index = 5): string => `<controller type='pci' index='${index}' model='${model}'>${more}</controller>`;
const targets = (model: string, ...all: string[]): Fault[] => all.map((more) => [`${model} with ${more}`, pci(model, more)]);

const CONTROLLERS: readonly Fault[] = [
  ...targets(
    'pcie-root-port',
    "<target chassis='255'/>",
    "<target chassis='256'/>",
    "<target port='0x100'/>",
    "<target chassisNr='3'/>",
    "<target busNr='3'/>",
  ),
  ...targets(
    'pcie-root-port',
    "<target index='3'/>",
    '<target><node>0</node></target>',
    "<model name='pxb'/>",
    "<model name='ioh3420'/>",
    "<target hotplug='off'/>",
  ),
  ...targets('pcie-to-pci-bridge', "<target hotplug='off'/>", "<model name='pci-bridge'/>", "<target memReserve='1'/>"),
  ...targets('pcie-expander-bus', "<target busNr='255'/>", "<target busNr='254'/>", "<target busNr='0'/>", "<target chassis='1'/>"),
  ...targets('pci-expander-bus', "<target busNr='255'/>", '<target><node>1</node></target>'),
  ...targets('pci-bridge', "<target chassisNr='256'/>", "<target chassisNr='255'/>", "<target chassisNr='0'/>", "<target memReserve='1'/>"),
  ...targets('pci-root', "<target index='1'/>", "<target index='31'/>", "<model name='spapr-pci-host-bridge'/>", '<target><node>0</node></target>'),
  ...['dmi-to-pci-bridge', 'pcie-switch-upstream-port', 'pcie-switch-downstream-port', 'toaster'].map((model): Fault => [`a ${model}`, pci(model)]),
  ['a root with a name', pci('pci-root', "<model name='x'/>", 0)],
  ['a root with a target', pci('pcie-root', "<target chassis='1'/>", 0)],
  ['a root with an address', pci('pcie-root', "<address type='pci' bus='0' slot='1'/>", 0)],
  ['a port at index 0', pci('pcie-root-port', '', 0)],
  ['a bridge at index 256', pci('pci-bridge', '', 256)],
  ['a controller without a model', "<controller type='pci' index='5'/>"],
  ['two SCSI controllers of an index', "<controller type='scsi' index='0' model='virtio-scsi'/>".repeat(2)],
  ['a second ncr53c90', "<controller type='scsi' index='1' model='ncr53c90'/>"],
  ['a first ncr53c90', "<controller type='scsi' index='0' model='ncr53c90'/>"],
  ['two IDE controllers', "<controller type='ide' index='0'/><controller type='ide' index='1'/>"],
  ['NVMe without serial', "<controller type='nvme' index='0'/>"],
];

const usb = (more: string): string => `<controller type='usb' ${more}/>`;
const NO_USB = usb("index='0' model='none'");
const ON_USB: readonly Fault[] = [
  ['xHCI with 16 ports', usb("model='qemu-xhci' ports='16'")],
  ['xHCI with 15 ports', usb("model='nec-xhci' ports='15'")],
  ['EHCI with 16 ports', usb("model='ich9-ehci1' ports='16'")],
  ['no USB and USB', NO_USB + usb("index='1' model='qemu-xhci'")],
  ['a companion alone', usb("index='3' model='ich9-uhci1'")],
  ...(
    [
      ['a disk', "<disk type='file' device='disk'><target dev='sda' bus='usb'/></disk>"],
      ['a sound card', "<sound model='usb'/>"],
      ['a host device', "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/><product id='0x2'/></source></hostdev>"],
      ['a smart card', "<smartcard mode='host'/>"],
      ['a serial line', "<serial type='pty'><target type='usb-serial'/></serial>"],
      ['a tablet', "<input type='tablet' bus='usb'/>"],
      ['a hub', "<hub type='usb'/>"],
      ['a redirection', "<redirdev bus='usb' type='spicevmc'/>"],
      ['a file system', "<filesystem type='mount'><driver type='mtp'/><source dir='/x'/><target dir='y'/></filesystem>"],
      ['graphics', "<graphics type='vnc'/>"],
      ['a network card', "<interface type='user'><model type='usb-net'/></interface>"],
    ] as const
  ).flatMap(([name, device]): Fault[] => [[`${name} without USB`, NO_USB + device]]),
];

const mdev = (model: string, more = '', attributes = ''): string =>
  `<hostdev mode='subsystem' type='mdev' model='${model}'${attributes}><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source>${more}</hostdev>`;
const host = (more = '', attributes = "mode='subsystem' type='pci' managed='yes'"): string =>
  `<hostdev ${attributes}><source><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source>${more}</hostdev>`;
const nic = (more = ''): string =>
  `<interface type='hostdev' managed='yes'><mac address='52:54:00:00:00:01'/><source><address type='pci' domain='0' bus='1' slot='0' function='0'/></source>${more}</interface>`;
const HOSTDEVS: readonly Fault[] = [
  ['a host device', host()],
  ['a host device twice', host() + host()],
  ['a host device and an interface of it', host() + nic()],
  ['a host device of mode capabilities', host('', "mode='capabilities' type='pci'")],
  ['a host device without type', host('', "mode='subsystem'")],
  ['a host device that does not say which', "<hostdev mode='subsystem' type='pci'/>"],
  ['a host device with writeFiltering', "<hostdev mode='subsystem' type='pci'><source writeFiltering='no'><address bus='1'/></source></hostdev>"],
  ...["<driver name='kvm'/>", "<driver name='xen'/>", "<driver name='vfio'/>", "<driver iommufd='maybe'/>", "<driver iommufd='yes'/>", "<boot order='1'/>"].map(
    (more): Fault => [`a host device with ${more}`, host(more)],
  ),
  ...["type='persistent'", "type='transient'", "type='transient' persistent='ua-x'"].map(
    (team): Fault => [`a host device of a team, ${team}`, host(`<teaming ${team}/>`)],
  ),
  ...["type='drive'", "type='ccw'", "type='unassigned'", "type='usb' bus='0' port='1'"].map(
    (at): Fault => [`a host device at an address of ${at}`, host(`<address ${at}/>`)],
  ),
  ['a host device with a ROM and no address', host("<rom bar='on'/><address type='unassigned'/>")],
  ['a host device with ids', host("<address type='pci'><zpci uid='0x1' fid='0x2'/></address>")],
  ['a host device with uid 0', host("<address type='pci'><zpci uid='0x0'/></address>")],
  ['a mediated device', mdev('vfio-pci')],
  ['a mediated device twice', mdev('vfio-pci') + mdev('vfio-pci')],
  ['a mediated device at a drive', mdev('vfio-pci', "<address type='drive' controller='0'/>")],
  ['a mediated device with a boot order', mdev('vfio-pci', "<boot order='1'/>")],
  ['a mediated device with display', mdev('vfio-pci', '', " display='on'")],
  ['a mediated device with ramfb alone', mdev('vfio-pci', '', " ramfb='on'")],
  ['a mediated device without uuid', "<hostdev mode='subsystem' type='mdev' model='vfio-pci'/>"],
  ['a mediated device of a team', mdev('vfio-pci', "<teaming type='transient' persistent='ua-x'/>")],
  ['two of the channel subsystem', mdev('vfio-ap') + mdev('vfio-ap').replace('b1dc', 'b1dd')],
  ['a SCSI host', "<hostdev mode='subsystem' type='scsi_host'><source protocol='vhost' wwpn='naa.5123456789abcde0'/><address type='drive'/></hostdev>"],
  [
    'a SCSI host with a boot order',
    "<hostdev mode='subsystem' type='scsi_host'><source protocol='vhost' wwpn='naa.5123456789abcde0'/><boot order='1'/></hostdev>",
  ],
  ...[
    '<bandwidth/>',
    "<filterref filter='x'/>",
    "<backend tap='/x'/>",
    "<driver queues='4'/>",
    "<vlan><tag id='1'/><tag id='2'/></vlan>",
    "<vlan trunk='yes'><tag id='1'/></vlan>",
  ].map((more): Fault => [`a host interface with ${more}`, nic(more)]),
  ['a host interface with VLAN and port', nic("<vlan><tag id='1'/></vlan><virtualport type='802.1Qbg'/>")],
];

const OTHERS: readonly Fault[] = [
  ...['isa', 'pvpanic', 'hyperv', 'pseries', 's390'].map((model): Fault => [`a panic of model ${model}`, `<panic model='${model}'/>`]),
  ['a panic without model', '<panic/>'],
  ['two panics', "<panic model='isa'/><panic model='isa'/>"],
  ['a panic at ISA', "<panic model='pvpanic'><address type='isa' iobase='0x505'/></panic>"],
  ...['i6300esb', 'ib700', 'itco', 'diag288'].map((model): Fault => [`a watchdog ${model}`, `<watchdog model='${model}' action='reset'/>`]),
  ['two watchdogs of one model', "<watchdog model='ib700'/><watchdog model='ib700'/>"],
  ['two watchdogs of two actions', "<watchdog model='ib700' action='reset'/><watchdog model='i6300esb' action='poweroff'/>"],
  ...['mouse', 'keyboard', 'tablet'].map((type): Fault => [`a ${type} on PS/2`, `<input type='${type}' bus='ps2'/>`]),
  ['an input of model virtio-transitional', "<input type='mouse' bus='virtio' model='virtio-transitional'/>"],
  ['two smart cards', "<smartcard mode='host'/><smartcard mode='host'/>"],
  ...['ide', 'fdc', 'sata', 'scsi', 'usb', 'nvme', 'virtio'].map(
    (bus): Fault => [
      `a disk on ${bus} at a PCI address`,
      `<disk type='file' device='disk'><target dev='${bus === 'virtio' ? 'vda' : bus === 'nvme' ? 'nvme0n1' : bus === 'fdc' ? 'fda' : bus === 'ide' ? 'hda' : 'sda'}' bus='${bus}'/><address type='pci' domain='0' bus='0' slot='9' function='0'/></disk>`,
    ],
  ),
  [
    'a disk of the channel subsystem',
    "<disk type='file' device='disk'><target dev='vda' bus='virtio'/><address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0001'/></disk>",
  ],
  ...['intel', 'amd', 'smmuv3', 'virtio'].flatMap((model): Fault[] => [
    [`an IOMMU ${model}`, `<iommu model='${model}'/>`],
    [`an IOMMU ${model} at an address`, `<iommu model='${model}'><address type='pci' domain='0' bus='0' slot='7' function='0'/></iommu>`],
    [`an IOMMU ${model} of a bus`, `<iommu model='${model}'><driver pciBus='0'/></iommu>`],
  ]),
  ['an IOMMU of a bus that is none', "<iommu model='smmuv3'><driver pciBus='x'/></iommu>"],
  ['an IOMMU of a bus that is not there', "<iommu model='smmuv3'><driver pciBus='77'/></iommu>"],
  ['two IOMMUs', "<iommu model='intel'/><iommu model='intel'/>"],
  ['two IOMMUs of one bus', "<iommu model='smmuv3'><driver pciBus='0'/></iommu>".repeat(2)],
  ['an IOMMU of a bus and one of all', "<iommu model='smmuv3'><driver pciBus='0'/></iommu><iommu model='smmuv3'/>"],
  ...['dimm', 'nvdimm', 'virtio-mem', 'virtio-pmem', 'sgx-epc'].map(
    (model): Fault => [`memory ${model}`, `<memory model='${model}'><target><size>1</size></target></memory>`],
  ),
  ['memory virtio-pmem at the channel subsystem', "<memory model='virtio-pmem'><target><size>1</size></target><address type='ccw'/></memory>"],
  ['virtiofs', "<filesystem type='mount'><driver type='virtiofs'/><source dir='/x'/><target dir='y'/></filesystem>"],
  ['a file system by handle', "<filesystem type='mount'><driver type='handle'/><source dir='/x'/><target dir='y'/></filesystem>"],
  ...['vga', 'cirrus', 'qxl', 'virtio', 'bochs', 'ramfb', 'none', 'toaster'].map(
    (model): Fault => [`video ${model}`, `<video><model type='${model}'/></video>`],
  ),
  ['video vga behind another', "<video><model type='vga'/></video>".repeat(2)],
  ['video none beside another', "<video><model type='none'/></video><video><model type='virtio'/></video>"],
  ['ramfb at an address', "<video><model type='ramfb'/><address type='pci' domain='0' bus='0' slot='2' function='0'/></video>"],
  ...['virtio', 'ich9', 'es1370', 'sb16'].map((model): Fault => [`sound ${model}`, `<sound model='${model}'/>`]),
  ...['virtio', 'virtio-transitional', 'virtio-non-transitional', 'e1000e', 'rtl8139', 'toaster'].map(
    (model): Fault => [`a network card ${model}`, `<interface type='user'><model type='${model}'/></interface>`],
  ),
  ['a device at a slot that is taken', `<sound model='ich9'><address type='pci' domain='0' bus='0' slot='9' function='0'/></sound>`.repeat(2)],
  ['a device at function 3 alone', "<sound model='ich9'><address type='pci' domain='0' bus='0' slot='9' function='3'/></sound>"],
  ['a device on a bus that is not there', "<sound model='ich9'><address type='pci' domain='0' bus='9' slot='1' function='0'/></sound>"],
  ['a device in another domain', "<sound model='ich9'><address type='pci' domain='1' bus='0' slot='1' function='0'/></sound>"],
  ['a shared memory', "<shmem name='x'><model type='ivshmem-plain'/><size>1</size></shmem>"],
  [
    'a random number generator of the channel subsystem',
    "<rng model='virtio'><backend model='random'>/dev/random</backend><address type='ccw' cssid='0xfe' ssid='0' devno='1'/></rng>",
  ],
];

/** What is asked about which machines: those where the answers differ for a reason. */
export const FAULTS: readonly { readonly machines: readonly Asked[]; readonly faults: readonly Fault[] }[] = [
  { machines: [Q35, PC], faults: CONTROLLERS },
  { machines: [PSERIES], faults: CONTROLLERS.filter(([, devices]) => devices.includes("'pci-root'") || devices.includes('ncr53c90')) },
  { machines: [Q35], faults: ON_USB },
  { machines: [PSERIES], faults: ON_USB.filter(([name]) => name.startsWith('graphics')) },
  { machines: [Q35, Z], faults: HOSTDEVS },
  { machines: [Q35, PC, VIRT, Z], faults: OTHERS },
];
