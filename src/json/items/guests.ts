/** Guests, what they hold, and how they are changed. */
import type { FileChange } from '../../app/change-file.ts';
import type { PortsReport } from '../../app/guests/ports.ts';
import { readDomain } from '../../domain/domain.ts';
import { readHostdevs } from '../../domain/hostdev.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { type FunctionPlan, type GuestPlace, type GuestReport, placeOf } from '../../plan/guest-plan.ts';
import type { GuestRow } from '../../state/guest-row.ts';
import type { MigrationReport } from '../../state/migration.ts';
import { jsonProblem } from '../contract/envelope.ts';
import { hostAddress, zpciIds } from '../contract/notation.ts';
import type { Of } from '../contract/shape.ts';
import { jsonPlan, jsonStep } from '../contract/steps.ts';
import { jsonVersions } from '../contract/versions.ts';
import type { GUEST, CHANGED_FUNCTION, GUEST_CHANGE, PORTS, MIGRATION } from '../contract/guests.ts';

export function guestItem({ name, functions, warnings, ...rest }: GuestRow): Of<typeof GUEST> {
  return { guest: name, ...rest, functions: functions.map(({ address, ...held }) => ({ hostAddress: address, ...held })), problems: warnings.map(jsonProblem) };
}

type ChangedFunction = Of<typeof CHANGED_FUNCTION>;

const HOST_ADDRESS = new RegExp(hostAddress.schema['pattern'] as string);

function nameOf(device: string): Pick<ChangedFunction, 'device' | 'hostAddress'> {
  return { device, hostAddress: HOST_ADDRESS.test(device) ? device : null };
}

function changedFunction({ address, guestAddress: at, live: isLive, config: isConfig, ...rest }: FunctionPlan): ChangedFunction {
  return { ...nameOf(address), guestAddress: at, ...zpciIds(rest), live: isLive, config: isConfig, changed: true };
}

function unchangedFunction(device: string, at: GuestPlace | undefined): ChangedFunction {
  return { ...nameOf(device), guestAddress: at?.guestAddress ?? null, ...zpciIds(at), live: null, config: null, changed: false };
}

/** Guests of libvirt have a uuid, whatever they are called. */
export function guestChange({
  guest: name,
  uuid,
  state,
  functions,
  unchanged,
  unchangedAt = {},
  steps: shown,
  versions,
}: GuestReport): Of<typeof GUEST_CHANGE> {
  const all = [...functions.map(changedFunction), ...unchanged.map((device) => unchangedFunction(device, unchangedAt[device]))];
  return {
    ...{ kind: 'guest change', guest: name, source: uuid === null ? 'qemu' : 'libvirt', uuid, state },
    ...{ changed: shown.length > 0, functions: all, plan: jsonPlan(shown), xml: null, versions: versions === null ? null : jsonVersions(versions) },
  };
}

/** Functions of a file are where its definition has them. */
export function fileChange(name: string, addresses: readonly string[], { after, unchanged, versions }: FileChange): Of<typeof GUEST_CHANGE> {
  const hostdevs = readHostdevs(readDomain(after));
  const functions = addresses.map((address): ChangedFunction => {
    const at = hostdevs.find(({ source }) => source !== undefined && formatPciAddress(source) === address)?.address;
    const place = { guestAddress: placeOf(at).guestAddress, ...zpciIds(at?.zpci) };
    return { ...nameOf(address), ...place, live: false, config: true, changed: !unchanged.includes(address) };
  });
  return {
    ...{ kind: 'guest change', guest: name, source: 'file', uuid: null, state: null, changed: unchanged.length < addresses.length },
    ...{ functions, plan: [], xml: after, versions: versions === undefined ? null : jsonVersions(versions) },
  };
}

export function portsItem({ guest: name, state, live: now, config: later, conventional, ...rest }: PortsReport): Of<typeof PORTS> {
  return {
    ...{ guest: name, state, freeLive: now, freeConfig: later },
    conventional: conventional === null ? null : { freeLive: conventional.live, freeConfig: conventional.config },
    ...{ changed: rest.steps.length > 0, added: rest.added, elements: rest.elements, steps: rest.steps.map(jsonStep), versions: jsonVersions(rest.versions) },
  };
}

export function migrationItem(report: MigrationReport): Of<typeof MIGRATION> {
  return report;
}
