/** Devices of random guests: every kind that can have a PCI address, and those that decide which controllers there are. */
import fc from 'fast-check';
import { anyAddress, hex, hostdevAddress } from './address.ts';
import { pick } from './controllers.ts';
import { isArm, isI440fx, isPower, isQ35, isS390, isX86, type Machine } from './machine.ts';

/** Host functions that exist nowhere, so both sides treat them as absent. */
const source = fc.integer({ min: 1, max: 60 }).map((n) => `<source><address domain='0xfff0' bus='${hex(n)}' slot='0x1e' function='0x6'/></source>`);

export function hostdev(machine: Machine): fc.Arbitrary<string> {
  const rom = fc.constantFrom('', '', '', '', "<rom bar='off'/>", "<rom bar='on'/>");
  return fc
    .tuple(source, hostdevAddress(machine), rom)
    .map(([from, at, bar]) => `<hostdev mode='subsystem' type='pci' managed='yes'>${from}${bar}${at}</hostdev>`);
}

type Row = readonly [weight: number, device: (machine: Machine) => fc.Arbitrary<string>];

const VIRTIO_ODD = ['virtio-transitional', 'virtio-non-transitional'];
const letter = fc.constantFrom('a', 'b', 'c', 'd', 'e');

const disk = (machine: Machine): fc.Arbitrary<string> =>
  fc.tuple(letter, pick(['', '', 'virtio'], VIRTIO_ODD), anyAddress(machine)).map(([name, model, at]) => {
    const named = model === '' ? '' : ` model='${model}'`;
    return `<disk type='file' device='disk'${named}><source file='/nowhere/${name}'/><target dev='vd${name}' bus='virtio'/>${at}</disk>`;
  });

/** Disks on controllers, which come with them. */
const driveDisk = (machine: Machine): fc.Arbitrary<string> => {
  const buses: readonly (readonly [bus: string, prefix: string])[] = [
    ['scsi', 'sd'],
    ['scsi', 'sd'],
    ['scsi', 'sd'],
    ['scsi', 'sd'],
    ['usb', 'sd'],
    ...(isI440fx(machine) ? ([['ide', 'hd']] as const) : []),
    ...(isX86(machine) && !isI440fx(machine) ? ([['sata', 'sd']] as const) : []),
    ['nvme', 'nvme'],
  ];
  return fc.tuple(fc.constantFrom(...buses), letter, fc.nat(3)).map(([[bus, prefix], name, number]) => {
    const target = prefix === 'nvme' ? `nvme${number}n1` : `${prefix}${name}`;
    const serial = prefix === 'nvme' ? `<serial>s${number}</serial>` : '';
    return `<disk type='file' device='disk'><source file='/nowhere/${target}'/><target dev='${target}' bus='${bus}'/>${serial}</disk>`;
  });
};

const nic = (machine: Machine): fc.Arbitrary<string> => {
  const mac = fc.nat(0xff).map((n) => `52:54:00:00:00:${n.toString(16).padStart(2, '0')}`);
  const usual = isS390(machine) ? ['virtio'] : isX86(machine) ? ['virtio', 'e1000', 'rtl8139', 'e1000e', 'virtio-transitional'] : ['virtio', 'e1000'];
  const odd = ['', 'igb', 'ne2k_pci', 'pcnet', 'vmxnet3', 'usb-net', 'virtio-non-transitional', 'spapr-vlan', 'e1000-82545em', 'lan9118'];
  return fc.tuple(pick(usual, odd), mac, anyAddress(machine)).map(([model, hardware, at]) => {
    return `<interface type='user'><mac address='${hardware}'/>${model === '' ? '' : `<model type='${model}'/>`}${at}</interface>`;
  });
};

const withModel = (name: string, inner: string, machine: Machine): fc.Arbitrary<string> =>
  fc.tuple(pick(['virtio'], VIRTIO_ODD), anyAddress(machine)).map(([model, at]) => `<${name} model='${model}'>${inner}${at}</${name}>`);

const sound = (machine: Machine): fc.Arbitrary<string> => {
  const usual = isX86(machine) ? ['ich6', 'ich9', 'ac97', 'es1370'] : ['ich6', 'virtio'];
  const odd = ['usb', 'sb16', 'pcspk', 'virtio', 'ich7'];
  return fc.tuple(pick(usual, odd), anyAddress(machine)).map(([model, at]) => {
    const streams = model === 'virtio' ? " streams='2'" : '';
    return `<sound model='${model}'${streams}>${['usb', 'sb16', 'pcspk'].includes(model) ? '' : at}</sound>`;
  });
};

const video = (machine: Machine): fc.Arbitrary<string> => {
  const usual = isX86(machine) ? ['vga', 'virtio', 'cirrus'] : isPower(machine) ? ['vga', 'virtio'] : ['virtio'];
  const odd = ['vga', 'cirrus', 'qxl', 'bochs', 'vmvga', 'ramfb', 'none', 'xen'];
  const primary = fc.constantFrom('', '', '', " primary='yes'");
  return fc.tuple(pick([...usual, ...usual, ''], odd), primary, anyAddress(machine)).map(([model, first, at]) => {
    if (model === '') return `<video>${at}</video>`;
    return `<video><model type='${model}'${first}/>${['none', 'ramfb'].includes(model) ? '' : at}</video>`;
  });
};

const input = (machine: Machine): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom('keyboard', 'mouse', 'tablet'), pick(['virtio', 'virtio', 'usb'], ['ps2', 'usb']), anyAddress(machine)).map(([type, bus, at]) => {
    return `<input type='${type}' bus='${bus}'>${bus === 'virtio' ? at : ''}</input>`;
  });

const watchdog = (machine: Machine): fc.Arbitrary<string> =>
  fc.tuple(pick(['i6300esb'], ['ib700', 'itco', 'diag288']), anyAddress(machine)).map(([model, at]) => {
    return `<watchdog model='${model}' action='reset'>${model === 'i6300esb' ? at : ''}</watchdog>`;
  });

const mdev = (machine: Machine): fc.Arbitrary<string> => {
  const models = isS390(machine) ? ['vfio-pci', 'vfio-ccw', 'vfio-ap'] : ['vfio-pci'];
  const address = (model: string): fc.Arbitrary<string> => (model === 'vfio-pci' ? anyAddress(machine) : fc.constant(''));
  return fc.tuple(fc.constantFrom(...models), fc.integer({ min: 0, max: 9 }), fc.constantFrom('', '', " display='off'")).chain(([model, n, display]) =>
    address(model).map((at) => {
      const shown = model === 'vfio-pci' ? display : '';
      return `<hostdev mode='subsystem' type='mdev' model='${model}'${shown}><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1d${n}'/></source>${at}</hostdev>`;
    }),
  );
};

const vhostScsi = (machine: Machine): fc.Arbitrary<string> =>
  fc.tuple(fc.nat(9), pick(['', 'virtio'], VIRTIO_ODD), anyAddress(machine)).map(([n, model, at]) => {
    const named = model === '' ? '' : ` model='${model}'`;
    return `<hostdev mode='subsystem' type='scsi_host'${named}><source protocol='vhost' wwpn='naa.5123456789abcde${n}'/>${at}</hostdev>`;
  });

const filesystem = (machine: Machine): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(9), pick(['', '', "<driver type='path'/>"], ["<driver type='mtp'/>", "<driver type='virtiofs'/>"]), anyAddress(machine))
    .map(([n, driver, at]) => {
      return `<filesystem type='mount' accessmode='passthrough'>${driver}<source dir='/nowhere/fs${n}'/><target dir='fs${n}'/>${driver.includes('mtp') ? '' : at}</filesystem>`;
    });

const iommu = (machine: Machine): fc.Arbitrary<string> => {
  const usual = isArm(machine) ? ['virtio', 'smmuv3'] : isQ35(machine) ? ['virtio', 'intel'] : ['virtio'];
  return pick(usual, ['intel', 'smmuv3', 'amd']).map((model) => `<iommu model='${model}'/>`);
};

const panic = (machine: Machine): fc.Arbitrary<string> =>
  pick(isX86(machine) ? ['isa', 'pvpanic'] : isS390(machine) ? ['s390'] : isPower(machine) ? ['pseries'] : ['pvpanic'], ['hyperv', 'pvpanic', 'isa']).map(
    (model) => `<panic model='${model}'/>`,
  );

const fixed =
  (...texts: readonly string[]) =>
  (): fc.Arbitrary<string> =>
    fc.constantFrom(...texts);

/** How often each kind. */
const ROWS: readonly Row[] = [
  [12, disk],
  [12, nic],
  [8, (machine) => withModel('rng', "<backend model='random'>/dev/urandom</backend>", machine)],
  [3, driveDisk],
  [3, fixed("<channel type='pty'><target type='virtio' name='org.example.0'/></channel>", "<console type='pty'><target type='virtio'/></console>")],
  [3, (machine) => withModel('vsock', "<cid auto='yes'/>", machine)],
  [4, input],
  [3, video],
  [2, fixed("<graphics type='vnc' port='-1'/>")],
  [3, mdev],
  [2, vhostScsi],
  [3, filesystem],
  [2, (machine) => anyAddress(machine).map((at) => `<crypto model='virtio' type='qemu'><backend model='builtin' queues='1'/>${at}</crypto>`)],
  [3, (machine) => withModel('memballoon', '', machine)],
  [1, panic],
  [1, iommu],
  [
    1,
    fixed(
      "<redirdev bus='usb' type='tcp'><source mode='connect' host='127.0.0.1' service='4000'/><protocol type='raw'/></redirdev>",
      "<smartcard mode='host'/>",
      "<hub type='usb'/>",
    ),
  ],
  [1, fixed("<serial type='pty'><target type='pci-serial'/></serial>", "<serial type='pty'><target type='usb-serial'/></serial>", "<serial type='pty'/>")],
];

/** Those of a PC, elsewhere seldom. */
const OF_PC: readonly Row[] = [
  [3, sound],
  [3, watchdog],
  [
    3,
    (machine) =>
      fc.tuple(fc.nat(9), anyAddress(machine)).map(([n, at]) => `<shmem name='shm${n}'><model type='ivshmem-plain'/><size unit='M'>4</size>${at}</shmem>`),
  ],
  [2, fixed("<serial type='pty'><target type='pci-serial'/></serial>")],
];

export function device(machine: Machine): fc.Arbitrary<string> {
  const choices = (rows: readonly Row[], times: number) => rows.map(([weight, make]) => ({ weight: weight * times, arbitrary: make(machine) }));
  const pc = isX86(machine) ? choices(OF_PC, 4) : choices(OF_PC, 1).map((row) => ({ ...row, weight: 1 }));
  return fc.oneof(...choices(ROWS, 4), ...pc);
}
