/** The tree as text, as `lspci -t` readers know trees. */
import type { Topology, TopologyBus, TopologySlot } from '../topology.ts';

/**
 * A tree of buses and slots, as `hostdev topology` prints it.
 *
 * @example
 * ```ts
 * import { formatTopology, guestTopology } from 'hostdev';
 * const result = guestTopology("<domain type='kvm'><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><memballoon model='none'/></devices></domain>");
 * console.log(result.ok && formatTopology(result.topology).split('\n')[0]); // → bus 0 (pcie-root)
 * ```
 */
export function formatTopology(topology: Topology): string {
  const lines = topology.roots.flatMap((root) => [busTitle(root), ...slotLines(root, '')]);
  const free = topology.freeHotplugSlots;
  lines.push(`${free === 0 ? 'no free slot' : free === 1 ? '1 free slot' : `${free} free slots`} for hot-plug`);
  return `${lines.join('\n')}\n`;
}

function busTitle(bus: TopologyBus): string {
  const free = bus.freeHotplugSlots > 0 ? `, ${bus.freeHotplugSlots} free for hot-plug` : '';
  return `bus ${bus.index} (${bus.model}${free})`;
}

function slotLines(bus: TopologyBus, indent: string): string[] {
  return bus.slots.flatMap((slot, i) => {
    const last = i === bus.slots.length - 1;
    const below = slot.bus === undefined ? [] : slotLines(slot.bus, `${indent}${last ? '   ' : '│  '}`);
    return [`${indent}${last ? '└─ ' : '├─ '}${slotText(slot)}`, ...below];
  });
}

/** One line a device; shared by every way to draw the tree. */
export function slotText(slot: TopologySlot): string {
  const parts = [slot.address, slot.bus === undefined ? slot.name : busTitle(slot.bus)];
  if (slot.guestName !== undefined) parts.push(`→ the guest sees ${slot.guestName}`);
  if (slot.added !== undefined && slot.bus === undefined) parts.push('(added by libvirt)');
  return parts.join('  ');
}
