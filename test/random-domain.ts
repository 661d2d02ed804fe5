/**
 * Random definitions with what decides guest addresses: machines, controllers, devices with and without address,
 * zPCI ids. Most can be defined; some are refused, so that the verdict is tested too. Every definition is of type
 * qemu and names nothing that has to exist.
 */
import fc from 'fast-check';

interface Machine {
  readonly arch: string;
  readonly machine: string;
  readonly pcie: boolean;
}

const MACHINES: readonly Machine[] = [
  { arch: 's390x', machine: 's390-ccw-virtio', pcie: false },
  { arch: 'x86_64', machine: 'q35', pcie: true },
  { arch: 'x86_64', machine: 'pc', pcie: false },
  { arch: 'aarch64', machine: 'virt', pcie: true },
  { arch: 'riscv64', machine: 'virt', pcie: true },
  { arch: 'ppc64', machine: 'pseries', pcie: false },
];

const hex = (value: number): string => `0x${value.toString(16)}`;
const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 3): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined, freq });

/** Low numbers, so that collisions happen. */
const slot = fc.integer({ min: 1, max: 9 });

function address(machine: Machine): fc.Arbitrary<string> {
  const place = fc.record({
    bus: fc.integer({ min: 0, max: 3 }),
    slot,
    fn: fc.constantFrom(0, 0, 0, 1, 7),
    multifunction: fc.constantFrom('', '', " multifunction='on'"),
  });
  return place.map(({ bus, slot: number, fn, multifunction }) => {
    const at = machine.pcie && bus > 0 ? 0 : number;
    return `<address type='pci' domain='0x0000' bus='${hex(bus)}' slot='${hex(at)}' function='${hex(fn)}'${multifunction}/>`;
  });
}

function hostAddress(machine: Machine): fc.Arbitrary<string> {
  const plain = maybe(address(machine), 4).map((text) => text ?? '');
  if (machine.arch !== 's390x') return plain;
  const ids = fc.record({ uid: maybe(fc.integer({ min: 0, max: 12 }), 2), fid: maybe(fc.nat(12), 2) });
  return fc.tuple(plain, ids).map(([text, { uid, fid }]) => {
    if (uid === undefined && fid === undefined) return text;
    const zpci = `<zpci${uid === undefined ? '' : ` uid='${hex(uid)}'`}${fid === undefined ? '' : ` fid='${hex(fid)}'`}/>`;
    return text === '' ? `<address type='pci'>${zpci}</address>` : `${text.slice(0, -2)}>${zpci}</address>`;
  });
}

/** Host functions that exist nowhere, so both sides treat them as absent. */
const source = fc.integer({ min: 1, max: 60 }).map((n) => `<source><address domain='0xfff0' bus='${hex(n)}' slot='0x1e' function='0x6'/></source>`);

function hostdev(machine: Machine): fc.Arbitrary<string> {
  return fc.tuple(source, hostAddress(machine)).map(([from, at]) => `<hostdev mode='subsystem' type='pci' managed='yes'>${from}${at}</hostdev>`);
}

function controller(machine: Machine): fc.Arbitrary<string> {
  const expanders =
    machine.machine === 'pc' ? ['pci-expander-bus'] : ['q35', 'virt'].includes(machine.machine) && machine.arch !== 'riscv64' ? ['pcie-expander-bus'] : [];
  const models = machine.pcie
    ? ['pcie-root-port', 'pcie-root-port', 'pcie-to-pci-bridge', 'pci-bridge', 'dmi-to-pci-bridge', 'pcie-switch-upstream-port', 'pcie-switch-downstream-port']
    : machine.arch === 'ppc64'
      ? ['pci-root', 'pci-bridge']
      : ['pci-bridge'];
  models.push(...expanders);
  const pci = fc
    .tuple(fc.constantFrom(...models), fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 12 }), maybe(address(machine), 5))
    .map(
      ([model, index, at]) =>
        `<controller type='pci'${index === undefined ? '' : ` index='${index}'`} model='${model}'>${model === 'pci-root' ? '' : (at ?? '')}</controller>`,
    );
  const root = fc.constant(`<controller type='pci' index='0' model='${machine.pcie ? 'pcie-root' : 'pci-root'}'/>`);
  const ich9 = fc
    .tuple(fc.subarray(['ich9-ehci1', 'ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3'], { minLength: 1 }), fc.boolean())
    .map(([parts, indexed]) => parts.map((model) => `<controller type='usb'${indexed ? " index='1'" : ''} model='${model}'/>`).join(''));
  const port = fc
    .constantFrom('on', 'off')
    .map((hotplug) => `<controller type='pci' index='7' model='pcie-root-port'><target hotplug='${hotplug}'/></controller>`);
  const special = [root, ...(machine.arch === 'x86_64' ? [ich9] : []), ...(machine.pcie ? [port] : [])];
  const usbModels =
    machine.arch === 'x86_64'
      ? ['qemu-xhci', 'nec-xhci', 'piix3-uhci', 'ich9-ehci1', 'none']
      : machine.arch === 'ppc64'
        ? ['qemu-xhci']
        : ['qemu-xhci', 'none'];
  const usb = fc.constantFrom(...usbModels).map((model) => `<controller type='usb' index='0' model='${model}'/>`);
  const scsi = fc.integer({ min: 0, max: 2 }).map((index) => `<controller type='scsi' index='${index}' model='virtio-scsi'/>`);
  const serial = fc.constant("<controller type='virtio-serial' index='0'/>");
  return fc.oneof({ weight: 8, arbitrary: pci }, { weight: 2, arbitrary: usb }, scsi, serial, ...special);
}

function device(machine: Machine): fc.Arbitrary<string> {
  const at = maybe(address(machine), 6).map((text) => text ?? '');
  const mac = fc.nat(0xff).map((n) => `52:54:00:00:00:${n.toString(16).padStart(2, '0')}`);
  const nicModels =
    machine.arch === 's390x' ? ['virtio'] : machine.arch === 'x86_64' ? ['virtio', 'e1000', 'rtl8139', 'e1000e', 'virtio-transitional'] : ['virtio', 'e1000'];
  const disk = fc
    .tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), at)
    .map(([letter, place]) => `<disk type='file' device='disk'><source file='/nowhere/${letter}'/><target dev='vd${letter}' bus='virtio'/>${place}</disk>`);
  const nic = fc
    .tuple(fc.constantFrom(...nicModels), mac, at)
    .map(([model, hardware, place]) => `<interface type='user'><mac address='${hardware}'/><model type='${model}'/>${place}</interface>`);
  const rng = at.map((place) => `<rng model='virtio'><backend model='random'>/dev/urandom</backend>${place}</rng>`);
  const sound = fc.constantFrom('ich6', 'ich9', 'ac97').map((model) => `<sound model='${model}'/>`);
  const channel = fc.constant("<channel type='pty'><target type='virtio' name='org.example.0'/></channel>");
  const vsock = fc.constant("<vsock model='virtio'><cid auto='yes'/></vsock>");
  const input = fc.constant("<input type='keyboard' bus='virtio'/>");
  const watchdog = fc.constant("<watchdog model='i6300esb' action='reset'/>");
  // What QEMU offers of video is no question of addresses, so only what every QEMU of the architecture has is asked for.
  const videoModels = machine.arch === 'x86_64' ? ['vga', 'virtio', 'cirrus'] : ['virtio'];
  const video = fc.tuple(fc.constantFrom(...videoModels), at).map(([model, place]) => `<video><model type='${model}'/>${place}</video>`);
  const graphics = fc.constant("<graphics type='vnc' port='-1'/>");
  const oldDisk = fc.constantFrom(...(machine.machine === 'pc' ? ['hda', 'hdb', 'sda'] : ['sda', 'sdb'])).map((name) => {
    const bus = name.startsWith('h') ? 'ide' : 'scsi';
    return `<disk type='file' device='disk'><source file='/nowhere/${name}'/><target dev='${name}' bus='${bus}'/></disk>`;
  });
  const mdev = fc
    .integer({ min: 0, max: 9 })
    .map((n) => `<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1d${n}'/></source></hostdev>`);
  const shmem = fc.nat(9).map((n) => `<shmem name='shm${n}'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>`);
  const filesystem = fc
    .nat(9)
    .map((n) => `<filesystem type='mount' accessmode='passthrough'><source dir='/nowhere/fs${n}'/><target dir='fs${n}'/></filesystem>`);
  const crypto = fc.constant("<crypto model='virtio' type='qemu'><backend model='builtin' queues='1'/></crypto>");
  const wanted = fc.constantFrom(
    "<rng model='virtio'><backend model='random'>/dev/urandom</backend><address type='pci'/></rng>",
    "<memballoon model='virtio'><address type='pci'/></memballoon>",
  );
  const serial = fc.constant("<serial type='pty'><target type='pci-serial'/></serial>");
  const more = [video, graphics, oldDisk, mdev, filesystem, crypto, wanted];
  const x86 = machine.arch === 'x86_64' ? [sound, watchdog, shmem, serial] : [];
  return fc.oneof({ weight: 3, arbitrary: disk }, { weight: 3, arbitrary: nic }, { weight: 2, arbitrary: rng }, channel, vsock, input, ...more, ...x86);
}

/** Devices of which a guest can have one. */
const SINGLE = [/<vsock/, /<channel/, /<watchdog/, /<graphics/, /<video/, /<memballoon/, /<serial/, /index='0' model='pcie?-root'/];

function devicesOf(machine: Machine): fc.Arbitrary<string[]> {
  const any = fc.oneof({ weight: 5, arbitrary: hostdev(machine) }, { weight: 3, arbitrary: controller(machine) }, { weight: 5, arbitrary: device(machine) });
  return fc.array(any, { maxLength: 14 }).map((all) => {
    const seen = new Set<string>();
    return all.filter((text) => {
      const key =
        SINGLE.find((pattern) => pattern.test(text))?.source ??
        /(?:file|mac address|domain='0xfff0' bus|uuid|shmem name|source dir)='([^']*)'/.exec(text)?.[0] ??
        '';
      if (key !== '' && seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  });
}

/** A whole definition. */
export const randomDomain: fc.Arbitrary<string> = fc
  .constantFrom(...MACHINES)
  .chain((machine) => fc.tuple(fc.constant(machine), devicesOf(machine), fc.boolean()))
  .map(
    ([{ arch, machine }, devices, balloon]) => `<domain type='qemu'>
  <name>guest</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='${arch}' machine='${machine}'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-${arch}</emulator>
${devices.map((text) => `    ${text}\n`).join('')}${balloon || devices.some((text) => text.includes('<memballoon')) ? '' : "    <memballoon model='none'/>\n"}  </devices>
</domain>
`,
  );
