/** The tree as a graph: Graphviz and Mermaid. */
import type { Topology, TopologyBus, TopologySlot } from '../topology.ts';

interface Node {
  readonly id: string;
  readonly label: readonly string[];
  readonly kind: 'bus' | 'hostdev' | 'device';
}

interface Graph {
  readonly nodes: readonly Node[];
  readonly edges: readonly (readonly [from: string, to: string, label: string])[];
}

function graphOf(topology: Topology): Graph {
  const nodes: Node[] = [];
  const edges: [string, string, string][] = [];
  const addBus = (bus: TopologyBus): string => {
    const id = `bus${bus.index}`;
    nodes.push({ id, kind: 'bus', label: [`bus ${bus.index}`, bus.model, ...(bus.freeHotplugSlots > 0 ? [`${bus.freeHotplugSlots} free`] : [])] });
    for (const slot of bus.slots) edges.push([id, slot.bus === undefined ? addDevice(slot) : addBus(slot.bus), slot.address]);
    return id;
  };
  const addDevice = (slot: TopologySlot): string => {
    const id = `d${slot.address.replaceAll(/\W/g, '_')}`;
    nodes.push({
      id,
      kind: slot.hostFunction === undefined ? 'device' : 'hostdev',
      label: [slot.name, ...(slot.guestName === undefined ? [] : [slot.guestName])],
    });
    return id;
  };
  for (const root of topology.roots) addBus(root);
  return { nodes, edges };
}

const SHAPE = { bus: 'box', hostdev: 'box, style=filled', device: 'ellipse' } as const;

/**
 * A graph for `dot`.
 *
 * @example
 * ```ts
 * import { formatDot, guestTopology } from 'hostdev';
 * const result = guestTopology("<domain type='kvm'><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><memballoon model='none'/></devices></domain>");
 * console.log(result.ok && formatDot(result.topology).split(' ')[0]); // → digraph
 * ```
 */
export function formatDot(topology: Topology): string {
  const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
  const { nodes, edges } = graphOf(topology);
  return [
    'digraph guest {',
    '  rankdir=LR;',
    ...nodes.map((node) => `  ${node.id} [shape=${SHAPE[node.kind]}, label=${quote(node.label.join('\n')).replaceAll('\n', '\\n')}];`),
    ...edges.map(([from, to, label]) => `  ${from} -> ${to} [label=${quote(label)}];`),
    '}',
    '',
  ].join('\n');
}

/**
 * A flow chart for Mermaid.
 *
 * @example
 * ```ts
 * import { formatMermaid, guestTopology } from 'hostdev';
 * const result = guestTopology("<domain type='kvm'><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><memballoon model='none'/></devices></domain>");
 * console.log(result.ok && formatMermaid(result.topology).split(' ')[0]); // → flowchart
 * ```
 */
export function formatMermaid(topology: Topology): string {
  const quote = (lines: readonly string[]): string => `"${lines.map((line) => line.replaceAll('"', '#quot;')).join('<br/>')}"`;
  const { nodes, edges } = graphOf(topology);
  return [
    'flowchart LR',
    ...nodes.map((node) => `  ${node.id}${node.kind === 'device' ? `(${quote(node.label)})` : `[${quote(node.label)}]`}`),
    ...edges.map(([from, to, label]) => `  ${from} -- "${label}" --> ${to}`),
    '',
  ].join('\n');
}
