/** Definitions and what is predicted of them: `expand`, `validate`, `args`, `topology`. */
import type { Comparison } from '../../addressing/between.ts';
import { formatVersion } from '../../addressing/libvirt/version.ts';
import type { SpokenFor } from '../../addressing/libvirt/spoken-for.ts';
import type { Placement } from '../../addressing/report.ts';
import type { Topology, TopologyBus, TopologyResult, TopologySlot } from '../../addressing/topology.ts';
import type { ExpandedFile } from '../../app/expand.ts';
import type { Problem } from '../../errors.ts';
import type { QemuDevices } from '../../qemu/guest-devices.ts';
import { jsonProblem } from '../contract/envelope.ts';
import { zpciIds } from '../contract/notation.ts';
import type { Of } from '../contract/shape.ts';
import { jsonVersions } from '../contract/versions.ts';
import type { HEAD, CONTROLLER, PLACEMENT, SIDE, EXPANSION, VALIDATED, ARGUMENTS, JsonBus, ON_BUS, TREE } from '../contract/definitions.ts';
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
