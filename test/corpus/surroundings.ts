/** What libvirt's tests pretend: the QEMU of each case, the host's PCI functions, the networks. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Capabilities } from '../../src/addressing/capabilities/capabilities.ts';
import type { HostFacts, HostFunctionFacts } from '../../src/addressing/host-facts.ts';
import { isExpress } from '../../src/host/config-space.ts';
import { formatPciAddress, pciAddress, type PciAddress } from '../../src/pci/address.ts';
import { attribute, childElement, childElements, descend, parseXml } from '../../src/xml/index.ts';
import type { Case } from './case.ts';

/** The machine types of QEMUs that libvirt 9.0's tests make up. */
const MADE_UP_MACHINES: Readonly<Record<string, string>> = {
  ...{ i686: 'pc', x86_64: 'pc', aarch64: 'virt', armv7l: 'vexpress-a9', ppc64: 'pseries', ppc: 'ppce500' },
  ...{ riscv32: 'virt', riscv64: 'virt', s390x: 's390-ccw-virtio', sparc: 'SS-5' },
};

/** Finds the QEMU of a case: the named version, or the newest there is; or one that is made up of what it can do. */
export function capabilitiesOf(root: string): (one: Case, virtType: string | undefined) => Capabilities {
  const directory = join(root, 'tests/qemucapabilitiesdata');
  const versions = new Map<string, string>();
  const newest = new Map<string, string>();
  for (const file of readdirSync(directory)) {
    const match = /^caps_(\d+\.\d+\.\d+)[_.]([a-z0-9_]+?)(\+\w+)?\.xml$/.exec(file);
    if (match === null) continue;
    const [, version = '', arch = '', variant = ''] = match;
    versions.set(`${arch}${variant}-${version}`, file);
    const known = newest.get(arch + variant);
    if (known === undefined || compareVersions(version, known) > 0) newest.set(arch + variant, version);
  }
  const parsed = new Map<string, ReturnType<typeof readCapabilities>>();
  return (one, virtType) => {
    if (one.version === '') return { arch: one.arch, flags: new Set(['kvm', ...one.flagsAdded]), defaultMachine: MADE_UP_MACHINES[one.arch] ?? '' };
    const key = one.arch + one.variant;
    const file = versions.get(`${key}-${one.version === 'latest' ? newest.get(key) : one.version}`);
    if (file === undefined) throw new Error(`${one.id}: no capabilities for ${key} ${one.version}`);
    const read = parsed.get(file) ?? readCapabilities(readFileSync(join(directory, file), 'utf8'));
    parsed.set(file, read);
    const flags = new Set([...read.flags, ...one.flagsAdded]);
    for (const flag of one.flagsRemoved) flags.delete(flag);
    return { arch: one.arch, flags, defaultMachine: read.defaultMachine.get(virtType ?? '') ?? [...read.defaultMachine.values()][0] ?? '' };
  };
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i += 1) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function readCapabilities(text: string): { flags: Set<string>; defaultMachine: Map<string, string> } {
  const { root } = parseXml(text);
  const flags = new Set(childElements(root, 'flag').map((flag) => attribute(flag, 'name') ?? ''));
  const defaultMachine = new Map<string, string>();
  for (const machine of childElements(root, 'machine')) {
    const type = attribute(machine, 'type') ?? '';
    const name = attribute(machine, 'alias') ?? attribute(machine, 'name') ?? '';
    if (attribute(machine, 'default') === 'yes' || !defaultMachine.has(type)) defaultMachine.set(type, name);
  }
  return { flags, defaultMachine };
}

/** The functions that libvirt's tests pretend the host has, and its networks. */
export function fakeHost(root: string): HostFacts {
  const functions = new Map<string, HostFunctionFacts>();
  const source = readFileSync(join(root, 'tests/virpcimock.c'), 'utf8');
  for (const [, address = '', group] of source.matchAll(/MAKE_PCI_DEVICE\("([0-9a-f:.]+)",\s*0x\w+,\s*0x\w+,\s*(\d+)/g)) {
    const image = join(root, 'tests/virpcitestdata', `${address.replaceAll(':', '-')}.config`);
    const config = existsSync(image) ? readFileSync(image) : undefined;
    functions.set(address, { express: isExpress(config) ?? true, iommuGroup: Number(group) });
  }
  const forwards = new Map<string, string | undefined>();
  return {
    networkFunction: (network) => readPlugged(root, network),
    pciFunction: (address) => functions.get(formatPciAddress(address)),
    networkForward: (network) => {
      if (!forwards.has(network)) forwards.set(network, readForward(root, network));
      return forwards.get(network);
    },
  };
}

/** The function that a port of the tests has plugged in. */
function readPlugged(root: string, network: string): PciAddress | undefined {
  const file = join(root, 'tests/virnetworkportxml2xmldata', `${network.split(';')[1]}.xml`);
  if (!network.includes(';') || !existsSync(file)) return undefined;
  const address = descend(parseXml(readFileSync(file, 'utf8')).root, 'plug', 'address');
  if (address === undefined) return undefined;
  const part = (name: string): number => Number(attribute(address, name) ?? 0);
  return pciAddress(part('domain'), part('bus'), part('slot'), part('function'));
}

/** The tests name a network and a port, `NETWORK;PORT`. */
function readForward(root: string, network: string): string | undefined {
  const file = join(root, 'tests/networkxml2xmlin', `${network.split(';')[0]}.xml`);
  if (!network.includes(';') || !existsSync(file)) return undefined;
  const forward = childElement(parseXml(readFileSync(file, 'utf8')).root, 'forward');
  return forward === undefined ? 'none' : (attribute(forward, 'mode') ?? 'nat');
}
