/** Definitions and what is predicted of them: `expand`, `validate`, `args`, `topology`. */
import type { TopologyBus } from '../../addressing/topology.ts';
import { PROBLEM } from './envelope.ts';
import { fid, guestAddress, hostAddress, uid, VERSIONS } from './notation.ts';
import { either, flag, integer, list, map, type Of, orNull, record, referTo, text, word } from './shape.ts';

export const HEAD = { file: text('- is standard input'), ok: flag('false where it is refused'), versions: orNull(VERSIONS), problems: list(PROBLEM) };
const ids = { uid: orNull(uid), fid: orNull(fid) };
const idReason = orNull(word(['definition', 'lowest-free', 'completed']));
const number = orNull(integer());

export const CONTROLLER = record({
  ...{ index: integer(), model: orNull(text()), modelName: orNull(text()), chassisNr: number, chassis: number, port: number },
  ...{ busNr: number, hotplug: orNull(flag()), memReserve: number, node: number },
});

export const PLACEMENT = record({
  kind: text('disk, hostdev, controller, …'),
  name: text(),
  guestAddress: orNull(guestAddress),
  decidedBy: orNull(word(['definition', 'chipset', 'search'])),
  rule: orNull(text('why it is there')),
  multifunction: orNull(flag()),
  ...{ ...ids, uidReason: idReason, fidReason: idReason },
  added: orNull(text('why libvirt adds the device; null for one of the definition')),
  controller: orNull(CONTROLLER),
  location: orNull(record({ file: orNull(text()), line: integer(), column: integer() })),
});

const EXPANDED = record({
  ...{ kind: word(['definition']), ...HEAD, changed: flag('whether the file was replaced') },
  ...{ xml: orNull(text('null where it is refused')), placements: list(PLACEMENT) },
});
export const SIDE = record({
  versions: orNull(VERSIONS),
  ok: flag(),
  problems: list(PROBLEM),
  leftOut: list(PROBLEM, 'what this one leaves out and the other does not'),
});
const place = orNull(text('guest address, or no address; null where it is not there'));
const COMPARED = record({
  ...{ kind: word(['comparison']), file: text(), before: SIDE, after: SIDE },
  moves: list(record({ name: text(), before: place, after: place })),
  changes: list(record({ since: text('11.3.0'), what: text(), source: text() }), 'what libvirt has changed in between'),
});
export const EXPANSION = either(EXPANDED, COMPARED);

export const VALIDATED = record({ kind: word(['definition']), ...HEAD });

const DEVICE = map(either(text(), integer(), flag()), 'as QEMU takes it');
export const ARGUMENTS = record({ kind: word(['definition']), ...HEAD, objects: list(DEVICE), devices: list(DEVICE), initiators: list(DEVICE) });

export type JsonBus = Omit<TopologyBus, 'slots' | 'added'> & { readonly added: string | null; readonly slots: readonly Of<typeof ON_BUS>[] };
const bus = referTo<JsonBus>('bus');
export const ON_BUS = record({
  ...{ guestAddress, name: text(), kind: text(), hostAddress: orNull(hostAddress), guestName: orNull(text("what the guest's kernel calls it")), ...ids },
  ...{ added: orNull(text()), bus: orNull(bus as ReturnType<typeof referTo<object>>) },
});
/** What a document that has `TREE` in it has to define. */
export const TREE_DEFINITIONS = {
  bus: record({ index: integer(), model: text(), added: orNull(text()), slots: list(ON_BUS), freeHotplugSlots: integer() }),
};
export const TREE = record({
  ...{ kind: word(['definition']), ...HEAD, machine: orNull(text('null where it is refused')) },
  ...{ roots: list(bus), freeHotplugSlots: orNull(integer()) },
});
