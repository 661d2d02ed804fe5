/** The tree as a picture: an indented tree needs no layout engine, and stays readable with hundreds of ports. */
import { element, textElement, type XmlLine } from '../../xml/write.ts';
import type { Topology, TopologyBus } from '../topology.ts';
import { slotText } from './text.ts';

interface Row {
  readonly depth: number;
  readonly text: string;
  readonly kind: 'bus' | 'hostdev' | 'device';
  /** Row of the bus it hangs on. */
  readonly parent: number | undefined;
}

const LINE = 22;
const STEP = 24;
const MARGIN = 16;
const CHARACTER = 7.3;
const FILL = { bus: '#dbe9f6', hostdev: '#fdebc8', device: '#f2f2f2' } as const;

/**
 * An SVG document that needs no style sheet and no fonts but the reader's own.
 *
 * @example
 * ```ts
 * import { formatSvg, guestTopology } from 'hostdev';
 * const result = guestTopology("<domain type='kvm'><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><memballoon model='none'/></devices></domain>");
 * console.log(result.ok && formatSvg(result.topology).startsWith('<svg ')); // → true
 * ```
 */
export function formatSvg(topology: Topology): string {
  const rows: Row[] = [];
  for (const root of topology.roots) addBus(rows, root, { depth: 0, parent: undefined, text: `bus ${root.index} (${root.model})` });
  const width = Math.ceil(Math.max(200, ...rows.map((row) => row.depth * STEP + row.text.length * CHARACTER)) + 2 * MARGIN + 16);
  const height = rows.length * LINE + 2 * MARGIN;
  const title = `PCI tree of a ${topology.machine} guest`;
  const frame = { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title };
  const paper = element('rect', { width: '100%', height: '100%', fill: '#ffffff' });
  return `${element('svg', frame, [...textElement('title', title), ...paper, ...rows.flatMap(drawRow)]).join('\n')}\n`;
}

function addBus(rows: Row[], bus: TopologyBus, { depth, parent, text }: Omit<Row, 'kind'>): void {
  const own = rows.length;
  rows.push({ depth, text, kind: 'bus', parent });
  for (const slot of bus.slots) {
    if (slot.bus !== undefined) addBus(rows, slot.bus, { depth: depth + 1, parent: own, text: slotText(slot) });
    else rows.push({ depth: depth + 1, text: slotText(slot), kind: slot.hostFunction === undefined ? 'device' : 'hostdev', parent: own });
  }
}

const LETTERS = { 'font-family': 'ui-monospace, monospace', 'font-size': 12, fill: '#151515', 'xml:space': 'preserve' } as const;

function drawRow(row: Row, index: number): XmlLine[] {
  const x = MARGIN + row.depth * STEP;
  const y = MARGIN + index * LINE;
  const middle = y + LINE / 2;
  const lines: XmlLine[] = [];
  if (row.parent !== undefined) {
    const from = MARGIN + row.parent * LINE + LINE - 2;
    lines.push(...element('path', { d: `M${x - STEP / 2} ${from}V${middle}H${x}`, fill: 'none', stroke: '#767676' }));
  }
  const width = Math.ceil(row.text.length * CHARACTER + 16);
  lines.push(...element('rect', { x, y: y + 2, width, height: LINE - 4, rx: 3, fill: FILL[row.kind], stroke: '#767676' }));
  lines.push(...textElement('text', row.text, { x: x + 8, y: middle + 4, ...LETTERS }));
  return lines;
}
