import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Capabilities } from '../src/addressing/capabilities/capabilities.ts';
import { readCapabilities } from '../src/addressing/capabilities/read.ts';
import { expandDomain } from '../src/addressing/expand.ts';
import { CHANGES } from '../src/addressing/libvirt/changes.ts';
import { evidenceFor } from '../src/addressing/libvirt/known.ts';
import { formatVersion } from '../src/addressing/libvirt/version.ts';
import { validateDomain } from '../src/addressing/validate.ts';
import { compareContent } from '../test/corpus/addresses.ts';
import { randomDomain } from '../test/random-domain.ts';
import { describeUnless } from '../test/skip.ts';
import { inParallel } from './debian/parallel.ts';
import { commandLines, differentArguments } from './libvirtd/command-lines.ts';
import { type Libvirtd, startLibvirtd, type Verdict } from './libvirtd/daemon.ts';
import { hotplugDifferences } from './libvirtd/hotplug.ts';
import { IOMMUS, NEWER_XML } from './libvirtd/newer-xml.ts';
import { plugInto, type Plugging } from './libvirtd/plugging.ts';
import { PLUGGINGS, randomPlugging } from './libvirtd/pluggings.ts';
import { labReason } from './reason.ts';
import { SCOPE } from './scope.ts';

/** Definitions of one run. */
const COUNT = Number(process.env['HOSTDEV_COUNT'] ?? 1000);

/** Guests that are started, besides those made by hand. */
const GUESTS = Math.ceil(COUNT / 250);

/** Each with the QEMU of its time. The last one is Debian testing's, whatever version that is: it is judged by the rules for its version. */
const DAEMONS = ['11.3', '9.0', '12.x'] as const;

for (const release of DAEMONS) await judgedBy(release);

async function judgedBy(release: (typeof DAEMONS)[number]): Promise<void> {
  describeUnless(await labReason(`libvirtd-${release}`), `a real libvirtd ${release}`, () => judge(release));
}

function judge(release: (typeof DAEMONS)[number]): void {
  let libvirtd: Libvirtd;
  const capabilities = new Map<string, Capabilities>();
  let version = 0;

  beforeAll(async () => {
    libvirtd = await startLibvirtd({ release });
    for (const arch of ['s390x', 'x86_64', 'aarch64', 'armv7l', 'riscv64', 'ppc64'])
      capabilities.set(arch, readCapabilities(await libvirtd.capabilities(arch)));
    version = capabilities.get('x86_64')?.libvirtVersion ?? 0;
    // Debian testing moves.
    if (evidenceFor(version) !== 'measured')
      process.stderr.write(`libvirt ${formatVersion(version)} has no row in libvirt/known.ts yet; it is judged by the rules for its version\n`);
  });
  afterAll(() => libvirtd?.stop());

  const archOf = (xml: string): string => /arch='(\w+)'/.exec(xml)?.[1] ?? '';

  /** We leave what the user wrote; libvirt leaves out what it does not know. */
  const withoutUnknown = (xml: string): string => (version < CHANGES.crypto.since ? xml.replace(/<crypto[\s\S]*?<\/crypto>/g, '') : xml);

  /** What differs between libvirt's answer and ours; empty when nothing does. */
  function difference(xml: string, verdict: Verdict): string[] {
    const ours = expandDomain(xml, { capabilities: capabilities.get(archOf(xml)) as Capabilities });
    if (ours.ok !== verdict.ok) {
      return [
        ours.ok ? `libvirt refuses what we accept: ${verdict.ok ? '' : verdict.message}` : `libvirt accepts what we refuse: ${ours.problems[0]?.message}`,
      ];
    }
    return ours.ok && verdict.ok ? compareContent(verdict.xml, withoutUnknown(ours.xml)) : [];
  }

  /** Removes devices as long as the difference stays. */
  async function shrink(xml: string): Promise<string> {
    let smallest = xml;
    for (let shrunk = true; shrunk; ) {
      shrunk = false;
      const lines = smallest.split('\n');
      const candidates = lines.flatMap((line, i) => (/^ {4}<(?!emulator)/.test(line) ? [lines.filter((_, j) => j !== i).join('\n')] : []));
      const verdicts = await libvirtd.define(candidates.map((candidate, i) => ({ name: `s${i}`, xml: candidate.replace('<name>guest<', `<name>s${i}<`) })));
      const found = candidates.findIndex((candidate, i) => difference(candidate, verdicts[i] as Verdict).length > 0);
      if (found !== -1) {
        smallest = candidates[found] ?? smallest;
        shrunk = true;
      }
    }
    return smallest;
  }

  const guest = (arch: string, machine: string, devices: string): string =>
    `<domain type='qemu'><name>guest</name><memory unit='MiB'>64</memory><os><type arch='${arch}' machine='${machine}'>hvm</type></os><devices>${devices}<memballoon model='none'/></devices></domain>`;
  const hostdev = (n: number, address = ''): string =>
    `<hostdev mode='subsystem' type='pci'><source><address domain='0xfff0' bus='0x${n.toString(16)}' slot='0' function='0'/></source>${address}</hostdev>`;
  const many = (count: number): string => Array.from({ length: count }, (_, i) => hostdev(i + 1)).join('');
  const at = (bus: number, slot: number): string => `<address type='pci' domain='0' bus='${bus}' slot='${slot}' function='0'/>`;
  const noUsb = "<controller type='usb' model='none'/>";

  // Rules that no golden case of libvirt exercises; the daemon itself can show these.
  it.each<[string, string, boolean]>([
    ['a host device on a PCIe guest', guest('x86_64', 'q35', noUsb + hostdev(1)), true],
    ['host devices on both virt machines', guest('aarch64', 'virt', hostdev(1) + hostdev(2)), true],
    ['30 host devices on pci-root, which need no bridge', guest('s390x', 's390-ccw-virtio', many(30)), true],
    ['31 host devices, which need one', guest('s390x', 's390-ccw-virtio', many(31)), true],
    ['60 host devices, the bridge just finds its slot', guest('s390x', 's390-ccw-virtio', many(60)), true],
    ['61 host devices, it does not', guest('s390x', 's390-ccw-virtio', many(61)), false],
    ['28 host devices on i440fx, which need no bridge', guest('x86_64', 'pc', noUsb + many(28)), true],
    ['30 host devices on i440fx', guest('x86_64', 'pc', noUsb + many(30)), true],
    [
      'a conventional address on the first bus that is missing',
      guest('x86_64', 'q35', `${noUsb}<interface type='user'><model type='e1000'/>${at(1, 5)}</interface>`),
      true,
    ],
    ['a host device with a slot that no root port has', guest('x86_64', 'q35', noUsb + hostdev(1, at(1, 5))), false],
    ['host devices on pSeries', guest('ppc64', 'pseries', hostdev(1) + hostdev(2)), true],
    [
      'the highest uid and fid',
      guest('s390x', 's390-ccw-virtio', hostdev(1, "<address type='pci'><zpci uid='0xffff' fid='0xffffffff'/></address>") + hostdev(2)),
      true,
    ],
    ['a PCI controller without model', guest('x86_64', 'q35', `${noUsb}<controller type='pci' index='1'/>`), false],
    ['a host device without source', guest('x86_64', 'q35', "<hostdev mode='subsystem' type='pci'/>"), false],
    ['an index above 255', guest('x86_64', 'pc', "<controller type='pci' index='256' model='pci-bridge'/>"), false],
    ...['xen', 'hvf', 'hyperv', 'bogus', ''].map((type): [string, string, boolean] => [
      `a domain of type '${type}'`,
      guest('s390x', 's390-ccw-virtio', '').replace("type='qemu'", `type='${type}'`),
      false,
    ]),
    ['an index-less root port without pcie-root', guest('x86_64', 'q35', `${noUsb}<controller type='pci' model='pcie-root-port'/>`), false],
  ])('agrees about %s', async (_, xml, accepted) => {
    const [verdict] = await libvirtd.define([{ name: 'guest', xml }]);
    expect(difference(xml, verdict as Verdict)).toEqual([]);
    expect(verdict?.ok).toBe(accepted);
  });

  it('agrees with us about what libvirt has learnt of late: IOMMUs, ACPI, iommufd, memory, NVMe', async () => {
    const verdicts = await libvirtd.define(NEWER_XML.map(([, xml], i) => ({ name: `n${i}`, xml: xml.replace('<name>guest<', `<name>n${i}<`) })));
    const wrong = NEWER_XML.flatMap(([what, xml], i) => difference(xml, verdicts[i] as Verdict).map((line) => `${what}: ${line}`));
    expect(wrong).toEqual([]);
  });

  it(`makes the command lines that we say of ${COUNT / 4} random guests: controllers, host devices, zPCI ids, iommufd`, async () => {
    const seed = Number(process.env['HOSTDEV_SEED'] ?? Date.now() % 2 ** 31);
    // libvirt 9.0 wants to be told the driver here, and finds it when a guest is started.
    const withDriver = (xml: string): string => xml.replaceAll(/(<hostdev mode='subsystem' type='pci'[^>]*>)(?!<driver)/g, "$1<driver name='vfio'/>");
    const definitions = [...NEWER_XML.map(([, xml]) => xml), ...fc.sample(randomDomain, { numRuns: COUNT / 4, seed })].map(withDriver);
    const lines = await commandLines(libvirtd, definitions);
    // Others are refused, or want something of the host.
    const made = definitions.map((xml, i) => ({ xml, line: lines[i] ?? '' })).filter(({ line }) => line.includes('-machine'));
    const wrong = made.flatMap(({ xml, line }) => {
      const different = differentArguments(xml, line, { capabilities: capabilities.get(archOf(xml)) as Capabilities });
      return different.length === 0 ? [] : [`seed ${seed}: ${different.join('\n')}\n${xml}`];
    });
    expect(wrong.slice(0, 3).join('\n')).toBe('');
    expect(made.length, lines[0]).toBeGreaterThan(COUNT / 16);
  });

  it('starts the IOMMUs that we say start, and no others', async () => {
    // Older ones have one a guest.
    const startable = version < CHANGES['several-iommus'].since ? IOMMUS.filter(([, xml]) => xml.split('<iommu ').length === 2) : IOMMUS;
    const found = await inParallel(2, startable, async ([what, xml]) => {
      const options = { capabilities: capabilities.get(archOf(xml)) as Capabilities };
      const ours = validateDomain(xml, options).every(({ severity }) => severity !== 'error');
      const plugged = await plugInto(libvirtd, `i${startable.findIndex(([name]) => name === what)}`, { definition: xml, cards: [] });
      return (typeof plugged !== 'string') === ours ? [] : [`${what}: ${typeof plugged === 'string' ? plugged : 'starts'}`];
    });
    expect(found.flat()).toEqual([]);
  });

  it('plugs cards of both kinds into guests that run where we say that functions of their kind go', async () => {
    const seed = Number(process.env['HOSTDEV_SEED'] ?? Date.now() % 2 ** 31);
    const startable = randomPlugging.filter(({ definition }) => {
      const problems = validateDomain(definition, { capabilities: capabilities.get(archOf(definition)) as Capabilities });
      return problems.every(({ severity }) => severity !== 'error');
    });
    // Hot-plug has one set of rules for all of them: of those that are not the one we are exact for, every third guest in `npm test`.
    const isWhole = SCOPE === 'all' || release === '11.3';
    const byHand = PLUGGINGS.filter((_, i) => isWhole || i % 3 === 0);
    const random = fc.sample(startable, { numRuns: GUESTS, seed }).map((one, i): readonly [string, Plugging] => [`seed ${seed}, guest ${i}`, one]);
    const all = [...byHand, ...random];
    const counts = { cards: 0, refused: 0 };
    const wrong = await inParallel(2, all, async ([what, plugging]) => {
      const plugged = await plugInto(libvirtd, `p${all.findIndex(([, one]) => one === plugging)}`, plugging);
      const definition = what.startsWith('seed') ? `\n${plugging.definition}` : '';
      if (typeof plugged === 'string') return [`${what} does not start: ${plugged}${definition}`];
      counts.cards += plugged.length;
      counts.refused += plugged.filter(({ outcome }) => !outcome.ok).length;
      return hotplugDifferences(plugged, (arch) => capabilities.get(arch) as Capabilities).map((line) => `${what}: ${line}${definition}`);
    });
    expect(wrong.flat().join('\n')).toBe('');
    expect(counts.refused).toBeGreaterThan(isWhole ? 20 : 5);
    expect(counts.cards - counts.refused).toBeGreaterThan(isWhole ? 50 : 12);
  });

  it(`agrees with us about ${COUNT} random definitions: verdict, addresses, controllers, zPCI ids`, async () => {
    const seed = Number(process.env['HOSTDEV_SEED'] ?? Date.now() % 2 ** 31);
    const definitions = fc.sample(randomDomain, { numRuns: COUNT, seed });
    const verdicts = await libvirtd.define(definitions.map((xml, i) => ({ name: `g${i}`, xml: xml.replace('<name>guest<', `<name>g${i}<`) })));
    const accepted = verdicts.filter((verdict) => verdict.ok).length;
    const wrong: string[] = [];
    for (const [i, xml] of definitions.entries()) {
      const lines = difference(xml, verdicts[i] as Verdict);
      if (lines.length === 0) continue;
      if (wrong.length < 3) wrong.push(`seed ${seed}, definition ${i}:\n${lines.join('\n')}\nshrunk:\n${await shrink(xml)}`);
      else wrong.push(`seed ${seed}, definition ${i}: ${lines[0]}`);
    }
    expect(wrong.join('\n\n')).toBe('');
    expect(accepted).toBeGreaterThan(COUNT / 4);
    expect(accepted).toBeLessThan(COUNT);
  });
}
