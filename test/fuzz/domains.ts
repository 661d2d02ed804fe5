/** Any definition: every question about a guest is answered or refused, and what is written can be read. */
import fc from 'fast-check';
import { compareLibvirts } from '../../src/addressing/between.ts';
import { expandDomain } from '../../src/addressing/expand.ts';
import { assignHotplug } from '../../src/addressing/hotplug.ts';
import { guestTopology } from '../../src/addressing/topology.ts';
import { validateDomain } from '../../src/addressing/validate.ts';
import { addHostdevs, removeHostdevs } from '../../src/domain/edit.ts';
import { readDomain } from '../../src/domain/domain.ts';
import { readHostdevs } from '../../src/domain/hostdev.ts';
import { parseSource } from '../../src/domain/pasted-source.ts';
import { countRootPorts, withRootPorts } from '../../src/domain/root-ports.ts';
import { pciAddress } from '../../src/pci/address.ts';
import { qemuDevices } from '../../src/qemu/guest-devices.ts';
import { parseXml } from '../../src/xml/index.ts';
import { randomDomain } from '../random-domain.ts';
import { fuzzTarget, orRefused } from './fuzz.ts';
import { mutatedText } from './mutate.ts';

/** Elements that libvirt's definitions are made of, with numbers at which something ends. */
const ELEMENTS = [
  "<address type='pci'/>",
  "<address type='pci' domain='0x0000' bus='0xff' slot='0x1f' function='0x7'/>",
  "<address type='pci' bus='256' slot='32' function='8'/>",
  "<address type='pci'><zpci uid='0xffff' fid='0xffffffff'/></address>",
  "<controller type='pci' index='255' model='pci-bridge'/>",
  "<controller type='pci' index='-1'/>",
  "<controller type='pci' model='pcie-expander-bus'><target busNr='254'/></controller>",
  "<controller type='usb' model='none'/>",
  "<controller type='pci' index='1' model='pcie-switch-upstream-port'/>",
  "<hostdev mode='subsystem' type='pci'><source><address bus='1'/></source></hostdev>",
  "<hostdev mode='subsystem' type='mdev'/>",
  '<hostdev/>',
  "<interface type='hostdev'><source><address type='pci' domain='0' bus='0x99999999999' slot='1' function='0'/></source></interface>",
  "<interface type='network'><source network='pool'/></interface>",
  "<graphics type='vnc'/>",
  '<devices/>',
  '<devices></devices>',
  '<target/>',
  '<source/>',
  '<console/>',
  '<disk/>',
  '<memory/>',
  '<iommu/>',
  '<vsock/>',
];

const VALUES = [
  '',
  ' ',
  '0x',
  '-1',
  '0',
  '255',
  '256',
  '4294967296',
  '99999999999999999999',
  '1e3',
  'none',
  'pci',
  'usb',
  'virtio',
  'q35',
  'pseries',
  's390x',
  'sparc',
  'on',
  'yes',
  '__proto__',
  'constructor',
  '&#9;',
  'sda1',
  'nvme0n1',
];

const WORDS = [...ELEMENTS, '<', '>', "'", '&', '<devices>', '</devices>', '<!--', '<domain>'];

type Change = { readonly kind: 'value' | 'line' | 'gone' | 'twice'; readonly at: number; readonly value: string; readonly element: string };

const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('value' as const, 'value' as const, 'line' as const, 'gone' as const, 'twice' as const),
    at: fc.nat(100_000),
    value: fc.constantFrom(...VALUES),
    element: fc.constantFrom(...ELEMENTS),
  }),
  { minLength: 1, maxLength: 6 },
);

function changeDefinition(xml: string, { kind, at, value, element }: Change): string {
  if (kind === 'value') {
    const all = [...xml.matchAll(/'[^'<]*'/g)];
    const found = all[at % Math.max(all.length, 1)];
    return found === undefined ? xml : `${xml.slice(0, found.index)}'${value}'${xml.slice(found.index + found[0].length)}`;
  }
  const lines = xml.split('\n');
  const line = at % lines.length;
  if (kind === 'line') lines.splice(line, 0, element);
  else if (kind === 'twice') lines.splice(line, 0, lines[line] ?? '');
  else lines.splice(line, 1);
  return lines.join('\n');
}

/** Most are XML still, with strange values and elements at strange places; some are none. */
export const mutatedDefinition: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(randomDomain, changes).map(([xml, all]) => all.reduce(changeDefinition, xml)) },
  { weight: 1, arbitrary: mutatedText(randomDomain, WORDS) },
);

const PASTED = [
  "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0002' bus='0x00' slot='0x00' function='0x0'/></source></hostdev>",
  '0002:00:00.0 Ethernet controller [0200]: Mellanox Technologies MT27710 [15b3:1016]',
  'pci_0002_00_00_0',
  "<address type='pci' domain='2'/>",
];

const ADDRESS = pciAddress(0, 1, 0, 0);

const LIBVIRTS = ['9.0', '11.3', '12.8', undefined] as const;

export const definitions = fuzzTarget('definitions of guests', fc.tuple(mutatedDefinition, fc.constantFrom(...LIBVIRTS)), ([xml, libvirt]) => {
  const options = libvirt === undefined ? {} : { libvirt };
  const expanded = orRefused(() => expandDomain(xml, options));
  if (expanded?.ok === true) parseXml(expanded.xml);
  if (expanded?.ok === false && expanded.problems.every(({ severity }) => severity !== 'error')) throw new Error('refused without a reason');
  orRefused(() => validateDomain(xml, options));
  orRefused(() => guestTopology(xml, options));
  orRefused(() => qemuDevices(xml, options));
  orRefused(() => compareLibvirts(xml, '9.0', '12.8'));
  orRefused(() => assignHotplug(xml, PASTED[0] ?? '', options));
});

export const changedDefinitions = fuzzTarget('functions put into and taken from definitions', mutatedDefinition, (xml) => {
  const domain = orRefused(() => readDomain(xml, { file: 'guest.xml' }));
  if (domain === undefined) return;
  orRefused(() => readHostdevs(domain));
  const added = orRefused(() => addHostdevs(domain, [{ source: ADDRESS }]));
  if (added !== undefined) {
    const taken = orRefused(() => removeHostdevs(readDomain(added), [ADDRESS]));
    if (taken !== undefined) parseXml(taken);
  }
  orRefused(() => countRootPorts(xml));
  const ports = orRefused(() => withRootPorts(xml, 3));
  if (ports !== undefined) parseXml(ports);
});

export const pastedSources = fuzzTarget(
  'what is pasted as the name of a function',
  mutatedText(fc.constantFrom(...PASTED), [...WORDS, ':', '.', '_', ' ']),
  (text) => {
    orRefused(() => parseSource(text));
  },
);
