/** A guest's PCI tree as rows, with what the lines beside each of them need to know. */
import type { Topology, TopologyBus, TopologySlot } from '../../../addressing/topology.ts';

export interface TreeRow {
  /** Names the row among all of its tree. */
  readonly key: string;
  /** Keys of the rows above it in the tree, the root first. */
  readonly above: readonly string[];
  /** 1 is a root. */
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  readonly isLast: boolean;
  /** Whether the line of each level above goes on below this row. */
  readonly continues: readonly boolean[];
  readonly hasChildren: boolean;
  readonly kind: 'bus' | 'hostdev' | 'device';
  readonly name: string;
  readonly note: string | undefined;
  readonly address: string | undefined;
  readonly hostFunction: string | undefined;
  readonly guestName: string | undefined;
  readonly zpci: TopologySlot['zpci'];
}

export function treeRows({ roots }: Topology): TreeRow[] {
  return roots.flatMap((root, i) => busRows(root, undefined, { above: [], continues: [], position: i + 1, siblings: roots.length }));
}

type Place = Pick<TreeRow, 'above' | 'continues' | 'position' | 'siblings'>;

function busRows(bus: TopologyBus, slot: TopologySlot | undefined, place: Place): TreeRow[] {
  const free = bus.freeHotplugSlots === 0 ? undefined : `${bus.freeHotplugSlots} free for hot-plug`;
  const own = rowOf({ key: `bus ${bus.index}`, kind: 'bus', name: `bus ${bus.index} (${bus.model})`, slot, notes: [free, added(bus.added)], place });
  return [{ ...own, hasChildren: bus.slots.length > 0 }, ...bus.slots.flatMap((each, i) => slotRows(each, below(own, i, bus.slots.length)))];
}

function slotRows(slot: TopologySlot, place: Place): TreeRow[] {
  if (slot.bus !== undefined) return busRows(slot.bus, slot, place);
  const kind = slot.hostFunction === undefined ? 'device' : 'hostdev';
  return [rowOf({ key: `device ${slot.address}`, kind, name: slot.name, slot, notes: [added(slot.added)], place })];
}

function below({ key, above, continues, isLast, level }: TreeRow, index: number, siblings: number): Place {
  // A root has no line to others.
  return { above: [...above, key], continues: level === 1 ? [] : [...continues, !isLast], position: index + 1, siblings };
}

interface RowParts extends Pick<TreeRow, 'key' | 'kind' | 'name'> {
  readonly slot: TopologySlot | undefined;
  readonly notes: readonly (string | undefined)[];
  readonly place: Place;
}

function rowOf({ slot, notes, place, ...named }: RowParts): TreeRow {
  const said = notes.filter((note) => note !== undefined);
  return {
    ...named,
    ...place,
    ...{ level: place.above.length + 1, isLast: place.position === place.siblings, hasChildren: false },
    note: said.length === 0 ? undefined : `(${said.join(', ')})`,
    ...{ address: slot?.address, hostFunction: slot?.hostFunction, guestName: slot?.guestName, zpci: slot?.zpci },
  };
}

function added(why: string | undefined): string | undefined {
  return why === undefined ? undefined : 'added by libvirt';
}
