/** Definitions and what is predicted of them: `expand`, `validate`, `args`, `topology`. */
import type { Comparison } from '../../addressing/between.ts';
import { formatVersion } from '../../addressing/libvirt/version.ts';
import type { SpokenFor } from '../../addressing/libvirt/spoken-for.ts';
import type { Placement } from '../../addressing/report.ts';
import type { Topology, TopologyBus, TopologyResult, TopologySlot } from '../../addressing/topology.ts';
import type { ExpandedFile } from '../../app/expand.ts';
import type { Problem } from '../../errors.ts';
import type { QemuDevices } from '../../qemu/guest-devices.ts';
import { jsonProblem, PROBLEM } from './envelope.ts';
import { fid, guestAddress, hostAddress, uid, VERSIONS, zpciIds } from './notation.ts';
import { either, flag, integer, list, map, type Of, orNull, record, referTo, text, word } from './shape.ts';
import { jsonVersions } from './versions.ts';

const HEAD = { file: text('- is standard input'), ok: flag('false where it is refused'), versions: orNull(VERSIONS), problems: list(PROBLEM) };
const ids = { uid: orNull(uid), fid: orNull(fid) };
const idReason = orNull(word(['definition', 'lowest-free', 'completed']));
const number = orNull(integer());

const CONTROLLER = record({
  ...{ index: integer(), model: orNull(text()), modelName: orNull(text()), chassisNr: number, chassis: number, port: number },
  ...{ busNr: number, hotplug: orNull(flag()), memReserve: number, node: number },
});

const PLACEMENT = record({
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
const SIDE = record({
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

type JsonBus = Omit<TopologyBus, 'slots' | 'added'> & { readonly added: string | null; readonly slots: readonly Of<typeof ON_BUS>[] };
const bus = referTo<JsonBus>('bus');
const ON_BUS = record({
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

interface Named {
  readonly file: string;
  readonly versions: SpokenFor | undefined;
  readonly problems: readonly Problem[];
}

function head({ file, versions, problems }: Named): { file: string; versions: Of<typeof HEAD.versions>; problems: ReturnType<typeof jsonProblem>[] } {
  return { file, versions: versions === undefined ? null : jsonVersions(versions), problems: problems.map(jsonProblem) };
}

/** Guests have one PCI domain. */
function inGuest(slot: string): string {
  return `0000:${slot}`;
}

export function expanded(outcome: ExpandedFile): Of<typeof EXPANSION> {
  const { ok, written } = outcome;
  return {
    ...{ kind: 'definition', ...head(outcome), ok, changed: written },
    ...(outcome.ok ? { xml: outcome.xml, placements: outcome.placements.map(placement) } : { xml: null, placements: [] }),
  };
}

function placement({ kind, name, address, reason, multifunction, zpci, zpciReason, added, controller, location }: Placement): Of<typeof PLACEMENT> {
  return {
    ...{ kind, name, guestAddress: address === undefined ? null : inGuest(address), decidedBy: reason?.by ?? null },
    rule: reason === undefined || reason.by === 'definition' ? null : reason.rule,
    multifunction: multifunction === undefined ? null : multifunction === 'on',
    ...{ ...zpciIds(zpci), uidReason: zpciReason?.uid ?? null, fidReason: zpciReason?.fid ?? null, added: added ?? null },
    controller: controller === undefined ? null : controllerOf(controller),
    location: location === undefined ? null : { file: location.file ?? null, line: location.line, column: location.column },
  };
}

function controllerOf({ index, ...target }: NonNullable<Placement['controller']>): Of<typeof CONTROLLER> {
  const { model, modelName, chassisNr, chassis, port, busNr, hotplug, memReserve, node } = target;
  return {
    ...{ index, model: model ?? null, modelName: modelName ?? null, chassisNr: chassisNr ?? null, chassis: chassis ?? null },
    ...{ port: port ?? null, busNr: busNr ?? null, hotplug: hotplug === undefined ? null : hotplug === 'on' },
    ...{ memReserve: memReserve ?? null, node: node ?? null },
  };
}

export function compared(file: string, { before, after, leftOut, moves, changes }: Comparison): Of<typeof EXPANSION> {
  const side = (of: Comparison['before'], dropped: readonly Problem[]): Of<typeof SIDE> => ({
    ...{ versions: of.versions === undefined ? null : jsonVersions(of.versions), ok: of.ok },
    ...{ problems: of.problems.map(jsonProblem), leftOut: dropped.map(jsonProblem) },
  });
  const at = (text: string | undefined): string | null => (text === undefined ? null : /^[0-9a-f]/.test(text) ? inGuest(text) : text);
  return {
    ...{ kind: 'comparison', file, before: side(before, leftOut.before), after: side(after, leftOut.after) },
    moves: moves.map((move) => ({ name: move.name, before: at(move.before), after: at(move.after) })),
    changes: changes.map(({ since, what, source }) => ({ since: formatVersion(since), what, source })),
  };
}

export function validated(found: Named): Of<typeof VALIDATED> {
  return { kind: 'definition', ...head(found), ok: found.problems.every(({ severity }) => severity !== 'error') };
}

export function qemuArguments(file: string, versions: SpokenFor, result: QemuDevices): Of<typeof ARGUMENTS> {
  const { ok, problems } = result;
  const devices = result.ok
    ? { objects: result.objects, devices: result.devices, initiators: result.initiators }
    : { objects: [], devices: [], initiators: [] };
  return { kind: 'definition', ...head({ file, versions, problems }), ok, ...devices };
}

export function tree(file: string, versions: SpokenFor, result: TopologyResult): Of<typeof TREE> {
  const { ok, problems } = result;
  const found: Partial<Topology> = result.ok ? result.topology : {};
  return {
    ...{ kind: 'definition', ...head({ file, versions, problems }), ok, machine: found.machine ?? null },
    ...{ roots: (found.roots ?? []).map(busOf), freeHotplugSlots: found.freeHotplugSlots ?? null },
  };
}

function busOf({ index, model, added, slots, freeHotplugSlots }: TopologyBus): JsonBus {
  return { index, model, added: added ?? null, slots: slots.map(onBus), freeHotplugSlots };
}

function onBus({ address, name, kind, hostFunction, guestName, zpci, added, bus: provided }: TopologySlot): Of<typeof ON_BUS> {
  return {
    ...{ guestAddress: inGuest(address), name, kind, hostAddress: hostFunction ?? null, guestName: guestName ?? null, ...zpciIds(zpci) },
    ...{ added: added ?? null, bus: provided === undefined ? null : busOf(provided) },
  };
}
