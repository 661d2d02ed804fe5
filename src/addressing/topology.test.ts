import { describe, expect, it } from 'vitest';
import { attribute, childElements } from '../xml/read.ts';
import { parseXml } from '../xml/parse.ts';
import { formatDot, formatMermaid } from './topology/graph.ts';
import { formatSvg } from './topology/svg.ts';
import { formatTopology } from './topology/text.ts';
import { freeSlotsFor, guestTopology, isExpressTopology, type Topology, type TopologyBus } from './topology.ts';

const hostdev = (bus: number, more = ''): string =>
  `<hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='${bus}' slot='0x00' function='0x0'/></source>${more}</hostdev>`;
const ports = (n: number): string => "<controller type='pci' model='pcie-root-port'/>".repeat(n);
const guest = (arch: string, machine: string, devices: string): string =>
  `<domain type='kvm'><name>g</name><memory>1</memory><os><type arch='${arch}' machine='${machine}'>hvm</type></os><devices>${devices}</devices></domain>`;

const Q35 = guest(
  'x86_64',
  'q35',
  `<controller type='pci' model='pcie-root'/>${ports(5)}<controller type='pci' model='pcie-to-pci-bridge'/>${hostdev(1)}<interface type='user'><model type='virtio'/></interface><memballoon model='none'/>`,
);
const PC = guest(
  'x86_64',
  'pc',
  `<controller type='pci' index='0' model='pci-root'/><controller type='pci' index='1' model='pci-bridge'/>${hostdev(1)}<video><model type='vga'/></video><memballoon model='none'/>`,
);
const Z = guest('s390x', 's390-ccw-virtio', `${hostdev(1, "<address type='pci'><zpci uid='0x0007' fid='0x00000009'/></address>")}${hostdev(2)}`);

function topologyOf(xml: string): Topology {
  const result = guestTopology(xml);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('; '));
  return result.topology;
}

describe('the tree of a guest', () => {
  it('of q35 has ports and bridges, what is in them, what libvirt adds, and what is free', () => {
    expect(formatTopology(topologyOf(Q35))).toMatchInlineSnapshot(`
      "bus 0 (pcie-root)
      ├─ 00:01.0  bus 1 (pcie-root-port)
      │  └─ 01:00.0  bus 6 (pcie-to-pci-bridge, 31 free for hot-plug)
      ├─ 00:01.1  bus 2 (pcie-root-port)
      │  └─ 02:00.0  interface virtio
      ├─ 00:01.2  bus 3 (pcie-root-port)
      │  └─ 03:00.0  controller usb 0 (qemu-xhci)  (added by libvirt)
      ├─ 00:01.3  bus 4 (pcie-root-port)
      │  └─ 04:00.0  hostdev 0000:01:00.0
      ├─ 00:01.4  bus 5 (pcie-root-port, 1 free for hot-plug)
      └─ 00:1f.2  controller sata 0  (added by libvirt)
      32 free slots for hot-plug
      "
    `);
  });

  it('of i440fx has slots for all', () => {
    expect(formatTopology(topologyOf(PC))).toMatchInlineSnapshot(`
      "bus 0 (pci-root)
      ├─ 00:01.2  controller usb 0 (piix3-uhci)  (added by libvirt)
      ├─ 00:02.0  video vga
      ├─ 00:03.0  bus 1 (pci-bridge, 31 free for hot-plug)
      └─ 00:04.0  hostdev 0000:01:00.0
      31 free slots for hot-plug
      "
    `);
  });

  it('of IBM Z says what the guest sees', () => {
    expect(formatTopology(topologyOf(Z))).toMatchInlineSnapshot(`
      "bus 0 (pci-root, 29 free for hot-plug)
      ├─ 00:01.0  hostdev 0000:01:00.0  → the guest sees 0007:00:00.0 in slot 00000009
      └─ 00:02.0  hostdev 0000:02:00.0  → the guest sees 0001:00:00.0 in slot 00000000
      29 free slots for hot-plug
      "
    `);
  });

  it('counts what is free in words', () => {
    const free = (n: number): string | undefined => formatTopology({ machine: 'q35', roots: [], freeHotplugSlots: n }).split('\n')[0];
    expect([free(0), free(1), free(2)]).toEqual(['no free slot for hot-plug', '1 free slot for hot-plug', '2 free slots for hot-plug']);
  });

  it('is a graph for dot, whose marks are escaped', () => {
    expect(formatDot(topologyOf(Z))).toMatchInlineSnapshot(`
      "digraph guest {
        rankdir=LR;
        bus0 [shape=box, label="bus 0\\npci-root\\n29 free"];
        d00_01_0 [shape=box, style=filled, label="hostdev 0000:01:00.0\\n0007:00:00.0 in slot 00000009"];
        d00_02_0 [shape=box, style=filled, label="hostdev 0000:02:00.0\\n0001:00:00.0 in slot 00000000"];
        bus0 -> d00_01_0 [label="00:01.0"];
        bus0 -> d00_02_0 [label="00:02.0"];
      }
      "
    `);
    const [root] = topologyOf(Q35).roots;
    const odd = { ...(root as TopologyBus), slots: [{ ...(root as TopologyBus).slots[0], name: 'a "b" \\ c', bus: undefined }] } as TopologyBus;
    expect(formatDot({ machine: 'q35', roots: [odd], freeHotplugSlots: 0 })).toContain('label="a \\"b\\" \\\\ c"');
    expect(formatMermaid({ machine: 'q35', roots: [odd], freeHotplugSlots: 0 })).toContain('"a #quot;b#quot; \\ c"');
  });

  it('is a flow chart for Mermaid', () => {
    expect(formatMermaid(topologyOf(Q35))).toMatchInlineSnapshot(`
      "flowchart LR
        bus0["bus 0<br/>pcie-root"]
        bus1["bus 1<br/>pcie-root-port"]
        bus6["bus 6<br/>pcie-to-pci-bridge<br/>31 free"]
        bus2["bus 2<br/>pcie-root-port"]
        d02_00_0("interface virtio")
        bus3["bus 3<br/>pcie-root-port"]
        d03_00_0("controller usb 0 (qemu-xhci)")
        bus4["bus 4<br/>pcie-root-port"]
        d04_00_0["hostdev 0000:01:00.0"]
        bus5["bus 5<br/>pcie-root-port<br/>1 free"]
        d00_1f_2("controller sata 0")
        bus1 -- "01:00.0" --> bus6
        bus0 -- "00:01.0" --> bus1
        bus2 -- "02:00.0" --> d02_00_0
        bus0 -- "00:01.1" --> bus2
        bus3 -- "03:00.0" --> d03_00_0
        bus0 -- "00:01.2" --> bus3
        bus4 -- "04:00.0" --> d04_00_0
        bus0 -- "00:01.3" --> bus4
        bus0 -- "00:01.4" --> bus5
        bus0 -- "00:1f.2" --> d00_1f_2
      "
    `);
  });

  it('is a picture with a row for each, under one another, joined to the bus that it hangs on', () => {
    const topology = topologyOf(Q35);
    const { root } = parseXml(formatSvg(topology));
    const all = (name: string) => childElements(root, name);
    const rows = formatTopology(topology).trimEnd().split('\n').length - 1;
    expect([all('text').length, all('rect').length, all('path').length]).toEqual([rows, rows + 1, rows - 1]);
    expect(all('text').map((each) => Number(attribute(each, 'y')))).toEqual(Array.from({ length: rows }, (_, i) => 31 + 22 * i));
    expect(Number(attribute(root, 'height'))).toBe(22 * rows + 32);
    const right = Math.max(
      ...all('rect')
        .slice(1)
        .map((each) => Number(attribute(each, 'x')) + Number(attribute(each, 'width'))),
    );
    expect(Number(attribute(root, 'width'))).toBeGreaterThanOrEqual(right);
    expect(formatSvg(topologyOf(Z))).toMatchInlineSnapshot(`
      "<svg xmlns='http://www.w3.org/2000/svg' width='635' height='98' viewBox='0 0 635 98' role='img' aria-label='PCI tree of a s390-ccw-virtio guest'>
        <title>PCI tree of a s390-ccw-virtio guest</title>
        <rect width='100%' height='100%' fill='#ffffff'/>
        <rect x='16' y='18' width='133' height='18' rx='3' fill='#dbe9f6' stroke='#767676'/>
        <text x='24' y='31' font-family='ui-monospace, monospace' font-size='12' fill='#151515' xml:space='preserve'>bus 0 (pci-root)</text>
        <path d='M28 36V49H40' fill='none' stroke='#767676'/>
        <rect x='40' y='40' width='579' height='18' rx='3' fill='#fdebc8' stroke='#767676'/>
        <text x='48' y='53' font-family='ui-monospace, monospace' font-size='12' fill='#151515' xml:space='preserve'>00:01.0  hostdev 0000:01:00.0  → the guest sees 0007:00:00.0 in slot 00000009</text>
        <path d='M28 36V71H40' fill='none' stroke='#767676'/>
        <rect x='40' y='62' width='579' height='18' rx='3' fill='#fdebc8' stroke='#767676'/>
        <text x='48' y='75' font-family='ui-monospace, monospace' font-size='12' fill='#151515' xml:space='preserve'>00:02.0  hostdev 0000:02:00.0  → the guest sees 0001:00:00.0 in slot 00000000</text>
      </svg>
      "
    `);
  });
});

describe('what of a guest takes more functions while it runs', () => {
  it.each([
    ['q35', Q35, true, 1, 31],
    ['i440fx', PC, false, 31, 31],
  ])('of %s', (_, xml, express, forExpress, forConventional) => {
    const topology = topologyOf(xml);
    expect(isExpressTopology(topology)).toBe(express);
    expect([freeSlotsFor(topology, { express: true }), freeSlotsFor(topology, { express: false })]).toEqual([forExpress, forConventional]);
  });

  it('is not said of a guest that cannot be', () => {
    const result = guestTopology(guest('x86_64', 'q35', `${hostdev(1)}${hostdev(1)}`), {
      host: { pciFunction: () => undefined, networkForward: () => undefined },
    });
    expect(result.ok).toBe(false);
    expect(result.problems.map(({ code }) => code)).toContain('hostdev-duplicate');
    expect(guestTopology('<domain').ok).toBe(false);
  });
});
