import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../errors.ts';
import { compareLibvirts } from '../between.ts';
import { presetCapabilities } from '../capabilities/presets.ts';
import { readCapabilities } from '../capabilities/read.ts';
import { formatJson } from '../../qemu/device-object.ts';
import { qemuDevices } from '../../qemu/guest-devices.ts';
import { expandDomain } from '../expand.ts';
import { chooseVersions, type PlaceOptions } from '../place.ts';
import { guestTopology } from '../topology.ts';
import { validateDomain } from '../validate.ts';
import { type Change, CHANGES, changesBetween } from './changes.ts';
import { NEW_XML } from './new-xml.ts';
import { evidenceFor, KNOWN_LIBVIRTS, NEWEST_LIBVIRT, qemuBeside } from './known.ts';
import { formatVersion, parseVersion } from './version.ts';

const guest = (arch: string, machine: string, devices = '', more = ''): string =>
  `<domain type='qemu'>${more}<os><type arch='${arch}' machine='${machine}'>hvm</type></os><devices>${devices}</devices></domain>`;
const noBalloon = "<memballoon model='none'/>";
const noUsb = "<controller type='usb' model='none'/>";

describe('a version', () => {
  it.each([
    ['9.0', 9_000_000],
    ['11.3.0', 11_003_000],
    ['v12.8.1', 12_008_001],
    ['11.3.0-3+deb13u3', 11_003_000],
    [' 10.10 ', 10_010_000],
    ['9.0.0-10.3.el9_2', 9_000_000],
    ['10.0.0-150600.8.6.1', 10_000_000],
    ['11.0.0-2.1', 11_000_000],
    ['10.0+ds-1', 10_000_000],
  ])('%s is read as libvirt numbers it', (text, number) => {
    expect(parseVersion(text)).toBe(number);
  });

  it.each(['', '12', 'newest', '1.2.3.4', '9.0.0.0', '-1.0', '1000.1', '9.0,12.8', '9.0-12.8', '9.0.0-12.8.0', '9.0 12.8', '9.0..12.8', '9.0x', '9.0/'])(
    "'%s' is refused",
    (text) => {
      expect(() => parseVersion(text)).toThrow(expect.objectContaining({ code: 'version-malformed' satisfies ErrorCode }) as Error);
    },
  );

  it('is written with all its parts', () => {
    expect(formatVersion(12_010_003)).toBe('12.10.3');
  });

  it('of two parts is compared as a number: 11.10 comes after 11.9', () => {
    expect(parseVersion('11.10')).toBeGreaterThan(parseVersion('11.9'));
  });
});

describe('the libvirts that are known', () => {
  it('are in order, and the newest is the default', () => {
    const numbers = KNOWN_LIBVIRTS.map(({ version }) => parseVersion(version));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(numbers.at(-1)).toBe(NEWEST_LIBVIRT);
    expect(expandDomain(guest('x86_64', 'pc')).versions).toEqual({ libvirt: formatVersion(NEWEST_LIBVIRT), said: false, qemu: '11.1', evidence: 'measured' });
  });

  it.each([
    ['9.0', '7.2', 'measured'],
    ['9.5', '7.2', 'table'],
    ['11.3.1', '10.0', 'measured'],
    ['8.0', '6.2', 'table'],
    ['7.0', '6.2', 'outside'],
    ['0.1', '6.2', 'outside'],
    ['12.8.5', '11.1', 'measured'],
    ['10.0', '8.2', 'table'],
    ['11.5.1', '10.0', 'table'],
    ['12.9', '11.1', 'outside'],
    ['13.0', '11.1', 'outside'],
  ])('%s has QEMU %s beside it, known by: %s', (libvirt, qemu, evidence) => {
    expect(expandDomain(guest('x86_64', 'pc'), { libvirt }).versions).toEqual({ libvirt: formatVersion(parseVersion(libvirt)), said: true, qemu, evidence });
    expect([qemuBeside(parseVersion(libvirt)), evidenceFor(parseVersion(libvirt))]).toEqual([qemu, evidence]);
  });

  it('give way to what the capabilities say, and that to what is asked for', () => {
    const capabilities = { ...presetCapabilities('x86_64', '7.2'), libvirtVersion: 9_000_000 };
    expect(expandDomain(guest('x86_64', 'pc'), { capabilities }).versions?.libvirt).toBe('9.0.0');
    expect(expandDomain(guest('x86_64', 'pc'), { capabilities, libvirt: '11.3' }).versions).toMatchObject({ libvirt: '11.3.0', qemu: '7.2' });
  });
});

/** Rows of the table of docs/addressing.md whose head begins so. */
function documented(head: string): string[][] {
  const lines = readFileSync('docs/addressing.md', 'utf8').split('\n');
  const at = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  const end = lines.findIndex((line, i) => i > at && !line.startsWith('|'));
  return lines.slice(at + 2, end).map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')));
}

it('the table of libvirts in docs/addressing.md is that of known.ts', () => {
  const words = { measured: 'held against a real daemon', table: 'by table only' };
  expect(documented('libvirt')).toEqual(KNOWN_LIBVIRTS.map(({ version, qemu, ships, evidence }) => [version, qemu, ships, words[evidence]]));
});

it('the table of new XML in docs/addressing.md is that of new-xml.ts, the oldest first', () => {
  expect(documented('XML below `<domain>`')).toEqual(
    NEW_XML.map(({ path, since, source }) => [`\`${path}\``, formatVersion(since).replace(/\.0$/, ''), source]),
  );
  expect(NEW_XML.map(({ since }) => since)).toEqual(NEW_XML.map(({ since }) => since).toSorted((a, b) => a - b));
});

describe('the rows of changes', () => {
  it('are all asked for by a rule, and no rule asks for another', () => {
    const asked = new Set<string>();
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    for (const name of files) {
      const text = readFileSync(join('src', name), 'utf8');
      for (const [, row] of text.matchAll(/(?:does\((?:\w+, )?|change: )'([a-z0-9-]+)'/g)) if (row !== undefined) asked.add(row);
      if (name.endsWith('read.ts') && text.includes('does(name)')) for (const row of ['crypto', 'pstore']) asked.add(row);
    }
    expect([...asked].toSorted()).toEqual(Object.keys(CHANGES).toSorted());
  });

  it('are the table of docs/addressing.md, no row more and none less', () => {
    const inOrder = (Object.values(CHANGES) as Change[]).toSorted((a, b) => a.since - b.since);
    const rows = inOrder.map(({ since, what, source, between }) => [
      formatVersion(since).replace(/\.0$/, ''),
      what.replaceAll('<', '\\<'),
      between === undefined ? source : `${source}: not in ${between[0]}, in ${between[1]}`,
    ]);
    expect(documented('since')).toEqual(rows);
  });

  it('between two versions are told in order, whichever comes first', () => {
    const found = changesBetween(parseVersion('11.3'), parseVersion('11.6'));
    expect(found.map(({ since }) => since)).toEqual(found.map(({ since }) => since).toSorted((a, b) => a - b));
    expect(found).toContain(CHANGES.nvme);
    expect(found).not.toContain(CHANGES.iommufd);
    expect(changesBetween(parseVersion('11.6'), parseVersion('11.3'))).toEqual(found);
    expect(changesBetween(parseVersion('11.3'), parseVersion('11.3'))).toEqual([]);
  });
});

/** Devices with their places, or the codes of what was refused. */
function outcome(source: string, libvirt: string): string[] {
  const result = expandDomain(source, { libvirt });
  if (!result.ok) return result.problems.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  return result.placements.flatMap(({ name, controller, address, zpci }) =>
    address === undefined
      ? []
      : [
          `${controller === undefined || name.includes('(') ? name : `${name} (${controller.model})`} ${address}${zpci === undefined ? '' : ` uid ${zpci.uid}`}`,
        ],
  );
}

const scsiDisk = "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/></disk>";
const nvmeDisk = (target: string, serial: string): string =>
  `<disk type='file' device='disk'><source file='/a'/><target dev='${target}' bus='nvme'/>${serial === '' ? '' : `<serial>${serial}</serial>`}</disk>`;
const manyHostdevs = Array.from(
  { length: 31 },
  (_, i) => `<hostdev mode='subsystem' type='pci'><source><address domain='0xfff0' bus='0x${(i + 1).toString(16)}' slot='0' function='0'/></source></hostdev>`,
).join('');

// What real daemons answered; the laboratory asks them for thousands of others.
describe('what one libvirt does and another does not', () => {
  it.each<[string, string, Readonly<Record<string, string[]>>]>([
    [
      'a bridge with a high index, and those that are added below it',
      guest('x86_64', 'pc', `<controller type='usb' model='none'/><controller type='pci' index='3' model='pci-bridge'/>${noBalloon}`),
      {
        '9.0': ['controller pci 3 (pci-bridge) 00:02.0', 'controller pci 1 (pci-bridge) 00:03.0', 'controller pci 2 (pci-bridge) 00:04.0'],
        '11.3': ['controller pci 1 (pci-bridge) 00:02.0', 'controller pci 2 (pci-bridge) 00:03.0', 'controller pci 3 (pci-bridge) 00:04.0'],
      },
    ],
    [
      'a balloon on RISC-V that nobody asked for',
      guest('riscv64', 'virt'),
      { '11.3': ['memballoon virtio 01:00.0', 'controller pci 1 (pcie-root-port) 00:01.0', 'controller pci 2 (pcie-root-port) 00:01.1'], '12.8': [] },
    ],
    ['microvm', guest('x86_64', 'microvm'), { '11.3': ['guest-no-pci', 'guest-no-pci'], '12.8': [] }],
    [
      'a PCI controller of microvm',
      guest('x86_64', 'microvm', `<controller type='pci' index='0' model='pcie-root'/><controller type='usb' model='none'/>${noBalloon}`),
      { '11.3': [], '12.8': ['controller-invalid'] },
    ],
    [
      'the SCSI controller of a disk on Arm',
      guest('aarch64', 'virt', scsiDisk),
      {
        '11.3': [
          'controller scsi 0 (lsilogic) 02:01.0',
          'controller pci 1 (pcie-root-port) 00:01.0',
          'controller pci 2 (pcie-to-pci-bridge) 01:00.0',
          'controller pci 3 (pcie-root-port) 00:01.1',
        ],
        '11.6': ['controller scsi 0 (virtio-scsi) 01:00.0', 'controller pci 1 (pcie-root-port) 00:01.0', 'controller pci 2 (pcie-root-port) 00:01.1'],
      },
    ],
    [
      'an NVMe disk',
      guest('s390x', 's390-ccw-virtio', nvmeDisk('nvme0n1', 'a') + noBalloon),
      { '11.3': ['device-unsupported'], '11.5': ['controller nvme 0 00:01.0 uid 1'] },
    ],
    ['an NVMe disk without serial number', guest('x86_64', 'pc', nvmeDisk('nvme0n1', '')), { '12.8': ['device-unsupported'] }],
    ['an NVMe disk whose name makes a controller before its own', guest('x86_64', 'pc', nvmeDisk('nvme1n1', 'a')), { '12.8': ['device-unsupported'] }],
    [
      'two serial numbers on one NVMe controller',
      guest('x86_64', 'pc', nvmeDisk('nvme0n1', 'a') + nvmeDisk('nvme0n2', 'b')),
      { '12.8': ['device-unsupported'] },
    ],
    [
      'an IOMMU of AMD',
      guest('x86_64', 'q35', `<controller type='usb' model='none'/><iommu model='amd'/>${noBalloon}`),
      { '11.3': ['device-unsupported'], '12.8': ['controller sata 0 00:1f.2', 'iommu amd 00:01.0'] },
    ],
    ['two IOMMUs', guest('aarch64', 'virt', "<iommu model='smmuv3'/><iommu model='smmuv3'/>"), { '11.3': ['iommu-invalid'], '12.8': [] }],
    [
      'two watchdogs',
      guest('x86_64', 'pc', `<controller type='usb' model='none'/>${"<watchdog model='i6300esb' action='reset'/>".repeat(2)}${noBalloon}`),
      { '9.0': ['device-unsupported'], '11.3': ['watchdog i6300esb 00:02.0', 'watchdog i6300esb 00:03.0'] },
    ],
    [
      'watchdog ib700 on q35',
      guest('x86_64', 'q35', `<controller type='usb' model='none'/><watchdog model='ib700'/>${noBalloon}`),
      { '9.0': ['controller sata 0 00:1f.2'], '11.3': ['device-unsupported'] },
    ],
    [
      'USB on IBM Z with an address and no model',
      guest('s390x', 's390-ccw-virtio', `<controller type='usb' index='0'><address type='pci'/></controller>${noBalloon}`),
      { '11.3': ['controller usb 0 00:01.0 uid 1'], '12.8': [] },
    ],
    [
      'an interface lan9118',
      guest('x86_64', 'pc', `<controller type='usb' model='none'/><interface type='user'><model type='lan9118'/></interface>${noBalloon}`),
      { '11.3': ['interface lan9118 00:02.0'], '12.8': [] },
    ],
  ])('%s', (_, source, expected) => {
    for (const [libvirt, outcomes] of Object.entries(expected)) expect(outcome(source, libvirt).toSorted(), libvirt).toEqual(outcomes.toSorted());
  });

  it.each([
    ['aarch64', '9.0', 'integratorcp'],
    ['riscv64', '9.2', 'spike'],
    ['aarch64', '9.3', 'virt'],
    ['riscv64', '12.8', 'virt'],
    ['x86_64', '9.0', 'pc'],
    ['ppc64le', '9.0', 'pseries'],
  ])('a guest for %s that names no machine: in %s it is %s', (arch, libvirt, machine) => {
    expect(chooseVersions(arch, { libvirt }).capabilities.defaultMachine).toBe(machine);
  });

  it('the machine of a guest that names none is the first of those that libvirt keeps, not the one that QEMU itself would take', () => {
    // As libvirt 11.3 has written it of QEMU 10.0.
    const machines = "<machine type='tcg' name='virt'/><machine type='tcg' name='spike' default='yes'/>";
    expect(readCapabilities(`<qemuCaps><arch>riscv64</arch>${machines}</qemuCaps>`).defaultMachine).toBe('virt');
  });

  it('a USB controller of IBM Z that turns out to be none loses its address', () => {
    const source = guest(
      's390x',
      's390-ccw-virtio',
      `<controller type='usb' index='0'><address type='pci' domain='0' bus='0' slot='2' function='0'/></controller>${noBalloon}`,
    );
    const xml = (libvirt: string): string => {
      const result = expandDomain(source, { libvirt });
      return result.ok ? result.xml : '';
    };
    expect(xml('12.8')).toMatch(/<controller type='usb' index='0' model='none'>\s*<\/controller>/);
    expect(xml('11.3')).toContain("slot='2' function='0'");
  });

  it('a USB controller without model beside another of the same index on IBM Z is none, and no second one', () => {
    const source = guest(
      's390x',
      's390-ccw-virtio',
      `<controller type='usb' index='0' model='qemu-xhci'/><controller type='usb' index='0'/><input type='tablet' bus='usb'/>${noBalloon}`,
    );
    for (const { version } of KNOWN_LIBVIRTS) expect(outcome(source, version), version).toEqual(['controller usb 0 (qemu-xhci) 00:01.0 uid 1']);
  });

  it('ids of a bridge that is added on IBM Z', () => {
    const bridge = (libvirt: string): string | undefined =>
      outcome(guest('s390x', 's390-ccw-virtio', manyHostdevs + noBalloon), libvirt).find((line) => line.includes('pci-bridge'));
    expect(bridge('9.0')).not.toContain('uid');
    expect(bridge('11.3')).toContain('uid');
  });
});

describe('an address of type pci of a device that is on spapr-vio', () => {
  const vlan = (bus: number, slot: number): string =>
    guest(
      'ppc64',
      'pseries',
      `<interface type='user'><model type='spapr-vlan'/><address type='pci' domain='0' bus='${bus}' slot='${slot}' function='0'/></interface>${noBalloon}`,
    );
  it.each<[string, number, number, string | undefined]>([
    ['slot 0 is none', 1, 0, "<address type='spapr-vio' reg='0x00001000'/>"],
    ['another slot of bus 0 is register 0', 0, 7, "<address type='spapr-vio' reg='0x00000000'/>"],
    ['another bus is too large a register', 1, 7, undefined],
  ])('%s', (_, bus, slot, address) => {
    for (const { version } of KNOWN_LIBVIRTS) {
      const result = expandDomain(vlan(bus, slot), { libvirt: version });
      if (address === undefined) expect(result.problems[0]?.code).toBe('guest-address-type');
      else expect(result.ok && result.xml).toContain(address);
    }
  });
});

describe('what every libvirt refuses', () => {
  it.each<[string, string]>([
    ['a device on USB where there is none', guest('s390x', 's390-ccw-virtio', "<input type='tablet' bus='usb'/>")],
    ['graphics on pSeries without USB', guest('ppc64', 'pseries', `${noUsb}<graphics type='vnc'/>${noBalloon}`)],
    ['graphics of another type there', guest('ppc64', 'pseries', `${noUsb}<graphics type='egl-headless'/>${noBalloon}`)],
    ['graphics on PowerNV without USB', guest('ppc64le', 'powernv9', `${noUsb}<graphics type='vnc'/>${noBalloon}`)],
    [
      'graphics on pSeries without USB, with inputs of its own',
      guest('ppc64', 'pseries', `${noUsb}<graphics type='sdl'/><input type='keyboard' bus='virtio'/><input type='mouse' bus='virtio'/>${noBalloon}`),
    ],
    ['a second video that can only be the first', guest('x86_64', 'pc', "<video><model type='virtio'/></video><video><model type='cirrus'/></video>")],
    ['a video that QEMU does not have', guest('x86_64', 'pc', "<video><model type='xen'/></video>")],
    ['a second smart card', guest('x86_64', 'pc', "<smartcard mode='host'/>".repeat(2))],
    ['diag288 off IBM Z', guest('x86_64', 'pc', "<watchdog model='diag288'/>")],
    ['SATA on IBM Z', guest('s390x', 's390-ccw-virtio', "<controller type='sata' index='0'/>")],
    ['a fifth disk on IDE', guest('x86_64', 'pc', "<disk type='file' device='disk'><source file='/a'/><target dev='hde' bus='ide'/></disk>")],
    ['IDE on q35', guest('x86_64', 'q35', "<controller type='ide' index='0'/>")],
    ['a tablet on PS/2', guest('x86_64', 'q35', "<input type='tablet' bus='ps2'/>")],
    ['ACPI on aarch64 without UEFI', guest('aarch64', 'virt', '', '<features><acpi/></features>')],
    [
      'virtiofs without shared memory',
      guest('x86_64', 'pc', "<filesystem type='mount'><driver type='virtiofs'/><source dir='/a'/><target dir='a'/></filesystem>"),
    ],
  ])('%s', (_, source) => {
    for (const { version } of KNOWN_LIBVIRTS) expect(outcome(source, version), version).toEqual(['device-unsupported']);
  });

  it.each<[string, string]>([
    ['pSeries without graphics, though it has a video', guest('ppc64', 'pseries', `${noUsb}<video><model type='vga'/></video>${noBalloon}`)],
    ['another controller on pSeries that is none', guest('ppc64', 'pseries', `<controller type='usb' index='1' model='none'/><graphics type='vnc'/>`)],
    ...(
      [
        ['aarch64', 'virt'],
        ['riscv64', 'virt'],
        ['s390x', 's390-ccw-virtio'],
        ['x86_64', 'q35'],
      ] as const
    ).map(([arch, machine]): [string, string] => [`graphics on ${arch}`, guest(arch, machine, `${noUsb}<graphics type='vnc'/>${noBalloon}`)]),
  ])('is not without USB: %s', (_, source) => {
    for (const { version } of KNOWN_LIBVIRTS) expect(expandDomain(source, { libvirt: version }).ok, version).toBe(true);
  });

  it('is not held against a guest that libvirt has already', () => {
    const source = guest('x86_64', 'pc', "<video><model type='xen'/></video>");
    expect(expandDomain(source, { accepted: true }).ok).toBe(true);
  });
});

describe('what a QEMU lacks', () => {
  const without = (libvirt: string, ...flags: string[]): PlaceOptions => {
    const all = presetCapabilities('x86_64', qemuBeside(parseVersion(libvirt)));
    return { libvirt, capabilities: { ...all, flags: new Set([...all.flags].filter((flag) => !flags.includes(flag))) } };
  };
  const errors = (source: string, options: PlaceOptions): string[] =>
    validateDomain(source, options).flatMap(({ severity, message }) => (severity === 'error' ? [message] : []));

  it('the USB controller of i440fx: QEMU made its own for libvirt 9.0', () => {
    const flags = ['piix3-usb-uhci'];
    expect(errors(guest('x86_64', 'pc'), without('9.0', ...flags))).toEqual([]);
    expect(errors(guest('x86_64', 'pc'), without('11.3', ...flags))).toEqual(['controller usb 0 has no model, and this QEMU has no default one']);
    const q35 = guest('x86_64', 'q35', "<controller type='usb' index='0'/>");
    expect(errors(q35, without('9.0', ...flags))).toEqual(['controller usb 0 has no model, and this QEMU has no default one']);
  });

  it('a USB controller: refused at the start, since 11.9 when it is defined', () => {
    const source = guest('x86_64', 'pc', "<controller type='usb' index='0' model='qemu-xhci'/>");
    const said = 'controller usb 0 (qemu-xhci) is of a model that this QEMU does not have';
    for (const [libvirt, defined] of [
      ['9.0', true],
      ['11.3', true],
      ['12.8', false],
    ] as const) {
      expect(errors(source, without(libvirt, 'qemu-xhci')), libvirt).toEqual([said]);
      expect(expandDomain(source, without(libvirt, 'qemu-xhci')).ok, libvirt).toBe(defined);
    }
  });

  it('SATA: the first controller of q35 is there all the same', () => {
    const sata = (index: number): string => `<controller type='sata' index='${index}'/>`;
    for (const { version } of KNOWN_LIBVIRTS) {
      expect(errors(guest('x86_64', 'q35', sata(0)), without(version, 'ich9-ahci')), version).toEqual([]);
      expect(errors(guest('x86_64', 'q35', sata(0) + sata(1)), without(version, 'ich9-ahci')), version).toHaveLength(1);
      expect(errors(guest('x86_64', 'pc', sata(0)), without(version, 'ich9-ahci')), version).toHaveLength(1);
    }
  });

  it('firmware behind a virtio IOMMU', () => {
    const source = guest('x86_64', 'q35', "<iommu model='virtio'/>", '<features><acpi/></features>');
    expect(errors(source, without('9.0'))).toEqual([]);
    expect(errors(source, without('9.0', 'virtio-iommu.boot-bypass'))).toEqual([expect.stringContaining('this QEMU does not have') as string]);
  });
});

describe('what libvirt has learnt of late', () => {
  const numa = "<cpu><numa><cell id='0' cpus='0' memory='128' unit='MiB'/></numa></cpu>";
  const room = "<maxMemory slots='8' unit='MiB'>4096</maxMemory>";
  const near = (cells: string): string =>
    `<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='5' slot='0' function='0'/></source><acpi nodeset='${cells}' index='4'/></hostdev>`;
  const memory = (model: string, address = ''): string => `<memory model='${model}'><target><size unit='MiB'>128</size></target>${address}</memory>`;
  const smmuv3 = (bus: string): string => `<iommu model='smmuv3'><driver pciBus='${bus}'/></iommu>`;
  const errors = (source: string, libvirt: string): string[] =>
    validateDomain(source, { libvirt }).flatMap(({ severity, message }) => (severity === 'error' ? [message] : []));

  it.each<[string, string, Readonly<Record<string, string[]>>]>([
    ['ACPI index 0', guest('x86_64', 'pc', near('0').replace("index='4'", "index='0'")), { '12.8': ['hostdev 0000:05:00.0 has ACPI index 0'] }],
    ['cells that are none', guest('x86_64', 'pc', near('x')), { '11.3': [], '12.8': ["hostdev 0000:05:00.0 has ACPI nodeset 'x'"] }],
    [
      'cells on IBM Z',
      guest('s390x', 's390-ccw-virtio', near('0')),
      { '11.3': [], '12.8': ['hostdev 0000:05:00.0 has an ACPI nodeset, which this QEMU does not know'] },
    ],
    ['memory without cells', guest('x86_64', 'q35', memory('dimm'), room), { '9.0': ['memory dimm needs NUMA cells'], '11.3': [] }],
    ['memory of pSeries without cells', guest('ppc64', 'pseries', memory('dimm'), room), { '9.0': [], '12.8': [] }],
    ['memory without room', guest('x86_64', 'q35', memory('virtio-mem'), numa), { '9.0': ['memory virtio-mem needs room to grow'] }],
    [
      'virtio-mem on RISC-V',
      guest('riscv64', 'virt', memory('virtio-mem'), room + numa),
      { '12.8': ['memory virtio-mem is of a model that this QEMU does not have'] },
    ],
    [
      'virtio-pmem on the channel subsystem',
      guest('s390x', 's390-ccw-virtio', memory('virtio-pmem'), room + numa),
      { '12.8': ['memory virtio-pmem has an address of type ccw', 'memory virtio-pmem is of a model that this QEMU does not have'] },
    ],
    ['an IOMMU on a bus that there is not', guest('aarch64', 'virt', smmuv3('9')), { '11.3': [], '12.8': ['iommu smmuv3 is on bus 9, which there is not'] }],
    ['two IOMMUs on one bus', guest('aarch64', 'virt', smmuv3('0') + smmuv3('0')), { '12.8': ['iommu smmuv3 is a second one on bus 0'] }],
    [
      'an IOMMU of the machine and one of a bus',
      guest('aarch64', 'virt', `<iommu model='smmuv3'/>${smmuv3('0')}`),
      { '12.8': ['iommu smmuv3 is of the whole machine, and others are of buses'] },
    ],
    [
      'pciBus of another model',
      guest('x86_64', 'q35', "<iommu model='intel'><driver pciBus='0'/></iommu>"),
      { '11.3': [], '12.8': ['iommu intel has pciBus'] },
    ],
    [
      'two IOMMUs on x86',
      guest('x86_64', 'q35', "<iommu model='intel'/>".repeat(2)),
      { '11.3': ['iommu intel is a second one'], '12.8': ['iommu intel is a second one'] },
    ],
    ['iommufd, neither yes nor no', guest('x86_64', 'q35', '', "<iommufd enabled='maybe'/>"), { '12.1': [], '12.8': ["<iommufd> has enabled='maybe'"] }],
  ])('%s', (_, source, expected) => {
    for (const [libvirt, messages] of Object.entries(expected)) expect(errors(source, libvirt), libvirt).toEqual(messages);
  });

  it('iommufd of a whole guest is a release younger than that of a device', () => {
    const source = guest('x86_64', 'q35', near('0'), "<iommufd enabled='yes'/>");
    const objects = (libvirt: string): unknown => {
      const result = qemuDevices(source, { libvirt });
      return result.ok && result.objects;
    };
    expect(objects('12.1')).toEqual([]);
    expect(objects('12.2')).toEqual([{ 'qom-type': 'iommufd', id: 'iommufd0' }]);
    expect(validateDomain(source, { libvirt: '12.1' }).map(({ message }) => message)).toContain(
      'hostdev 0000:05:00.0 asks for iommufd, which libvirt 12.1.0 does not know and leaves out',
    );
  });

  // As libvirt 12.8 answers to domxml-to-native.
  it("cells that a function is near are objects of their own, behind the function's", () => {
    const result = qemuDevices(guest('aarch64', 'virt', near('0-2,^1') + near('1').replace("bus='5'", "bus='6'")), { libvirt: '12.8' });
    if (!result.ok) throw new Error(result.problems[0]?.message);
    expect(result.devices.map(formatJson).filter((text) => text.includes('vfio'))).toEqual([
      '{"driver":"vfio-pci","host":"0000:05:00.0","id":"hostdev0","bus":"pci.1","addr":"0x0","acpi-index":4}',
      '{"driver":"vfio-pci","host":"0000:06:00.0","id":"hostdev1","bus":"pci.2","addr":"0x0","acpi-index":4}',
    ]);
    expect(result.initiators.map(formatJson)).toEqual([
      '{"qom-type":"acpi-generic-initiator","id":"gi0","pci-dev":"hostdev0","node":0}',
      '{"qom-type":"acpi-generic-initiator","id":"gi1","pci-dev":"hostdev0","node":2}',
      '{"qom-type":"acpi-generic-initiator","id":"gi2","pci-dev":"hostdev1","node":1}',
    ]);
    const older = qemuDevices(guest('aarch64', 'virt', near('0')), { libvirt: '11.3' });
    expect(older.ok && older.initiators).toEqual([]);
  });

  it('NVMe controllers have objects, with the serial number of their disks', () => {
    const result = qemuDevices(guest('x86_64', 'q35', `<controller type='usb' model='none'/>${nvmeDisk('nvme0n1', 'abc')}${noBalloon}`), { libvirt: '12.8' });
    expect(result.ok && result.devices.map(formatJson).filter((text) => text.includes('nvme'))).toEqual([
      '{"driver":"nvme","id":"nvme0","serial":"abc","bus":"pci.1","addr":"0x0"}',
    ]);
  });
});

describe('a bridge that is added on IBM Z', () => {
  it('has zPCI ids when the guest is started, with every libvirt', () => {
    const source = guest('s390x', 's390-ccw-virtio', manyHostdevs + noBalloon);
    for (const { version } of KNOWN_LIBVIRTS) {
      const result = qemuDevices(source, { libvirt: version });
      const ids = result.ok ? result.devices.map(formatJson).filter((text) => text.includes('"target":"pci.1"')) : [];
      expect(ids, version).toHaveLength(1);
      const topology = guestTopology(source, { libvirt: version });
      expect(topology.ok && topology.topology.roots[0]?.slots.find(({ bus }) => bus !== undefined)?.zpci, version).toBeDefined();
    }
  });
});

describe('comparing two libvirts', () => {
  it('tells what moves, and what has changed', () => {
    const { moves, changes, before, after } = compareLibvirts(guest('aarch64', 'virt', scsiDisk), '11.3', '12.8');
    expect(moves).toContainEqual({ name: 'controller scsi 0 (lsilogic)', before: '02:01.0', after: undefined });
    expect(moves).toContainEqual({ name: 'controller scsi 0 (virtio-scsi)', before: undefined, after: '01:00.0' });
    expect(changes).toContain(CHANGES['virtio-scsi-default']);
    expect([before.versions?.libvirt, after.versions?.libvirt]).toEqual(['11.3.0', '12.8.0']);
  });

  it('tells what one of them refuses', () => {
    const { moves, before, after } = compareLibvirts(guest('x86_64', 'pc', nvmeDisk('nvme0n1', 'a')), '9.0', '12.8');
    expect([before.ok, after.ok, moves]).toEqual([false, true, []]);
    expect(before.problems[0]?.message).toContain('which libvirt 9.0.0 does not know');
  });

  it('finds nothing where all addresses are given', () => {
    const whole = expandDomain(guest('x86_64', 'q35', manyHostdevs), { libvirt: '9.0' });
    expect(whole.ok && compareLibvirts(whole.xml, '9.0', '12.8').moves).toEqual([]);
  });
});

describe('what came after the libvirt that a definition is for', () => {
  const said = (devices: string, libvirt: string): string[] =>
    validateDomain(guest('x86_64', 'q35', devices), { libvirt }).flatMap(({ code, severity, message }) =>
      code === 'left-out' ? `${severity}: ${message}` : [],
    );
  const hostdev = (driver: string): string =>
    `<hostdev mode='subsystem' type='pci'>${driver}<source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>`;

  it.each<[string, string, string]>([
    ["<crypto model='virtio' type='qemu'><backend model='builtin' queues='1'/></crypto>", '9.0', '<crypto>'],
    [hostdev("<driver model='mlx5_vfio_pci'/>"), '9.9', "model='mlx5_vfio_pci' of <driver>"],
    [hostdev('').replace('</source>', "</source><acpi nodeset='0'/>"), '11.7', "nodeset='0' of <acpi>"],
  ])('is said to be left out: %s for %s', (devices, libvirt, what) => {
    expect(said(devices, libvirt)).toEqual([`warning: libvirt ${libvirt}.0 leaves out ${what}, which it does not know`]);
    expect(said(devices, '12.8')).toEqual([]);
  });

  it.each([
    ["<sound model='virtio'/>", 'device-unsupported'],
    [hostdev("<driver iommufd='yes'/>"), 'iommufd-unknown'],
  ])('is refused or has a word of its own where it is not left out: %s', (devices, code) => {
    expect(said(devices, '10.0')).toEqual([]);
    expect(validateDomain(guest('x86_64', 'q35', devices), { libvirt: '10.0' }).map((problem) => problem.code)).toContain(code);
  });
});

describe('presets', () => {
  it('have the machine types of their QEMU, of which only upstream names are judged', () => {
    const refusal = (machine: string, libvirt: string): string | undefined => {
      const result = expandDomain(guest('x86_64', machine), { libvirt });
      return result.ok ? undefined : result.problems[0]?.code;
    };
    expect(refusal('pc-q35-8.2', '9.0')).toBe('machine-unknown');
    expect(refusal('pc-q35-8.2', '11.3')).toBeUndefined();
    expect(refusal('pc-i440fx-2.4', '12.8')).toBe('machine-unknown');
    expect(refusal('pc-q35-rhel9.4.0', '11.3')).toBeUndefined();
  });

  it.each<[string, string, boolean]>([
    ['pc-q35-6.2', '6.2', true],
    ['pc-q35-7.0', '6.2', false],
    ['pc-q35-8.2', '8.2', true],
    ['pc-q35-9.0', '8.2', false],
    ['pc-i440fx-2.3', '8.2', true],
    ['pc-q35-8.2', '7.2', false],
    ['pc-q35-10.1', '10.0', false],
    ['pc-q35-11.1', '11.1', true],
    ['nitro', '10.2', false],
    ['q35', '8.2', true],
  ])('%s is a machine type of QEMU %s: %s', (machine, qemu, isThere) => {
    expect(presetCapabilities('x86_64', qemu).machines?.has(machine)).toBe(isThere);
  });

  it('name no machine types of a QEMU newer than those that were measured, so that none is refused', () => {
    expect(presetCapabilities('x86_64', '99.0').machines).toBeUndefined();
    expect(expandDomain(guest('x86_64', 'pc-q35-99.0'), { libvirt: '12.8', capabilities: presetCapabilities('x86_64', '99.0') }).ok).toBe(true);
  });

  it('of a version between two that were measured have the abilities of the older one', () => {
    expect([...presetCapabilities('x86_64', '8.2').flags].filter((flag) => !presetCapabilities('x86_64', '7.2').flags.has(flag))).toEqual([]);
    expect(presetCapabilities('x86_64', '8.2').qemuVersion).toBe('8.2');
  });
});
