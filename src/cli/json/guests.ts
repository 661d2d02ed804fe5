/** Guests, what they hold, and how they are changed. */
import type { FileChange } from '../../app/change-file.ts';
import type { PortsReport } from '../../app/guests/ports.ts';
import { readDomain } from '../../domain/domain.ts';
import { readHostdevs } from '../../domain/hostdev.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import type { FunctionPlan, GuestReport } from '../../plan/guest-plan.ts';
import type { GuestRow } from '../../state/guest-row.ts';
import type { MigrationReport } from '../../state/migration.ts';
import { jsonProblem, PROBLEM } from './envelope.ts';
import { fid, guestAddress, hostAddress, uid, VERSIONS, zpciIds } from './notation.ts';
import { flag, integer, list, type Of, orNull, record, text, word } from './shape.ts';
import { jsonPlan, jsonStep, plan, steps } from './steps.ts';
import { jsonVersions } from './versions.ts';

const guest = text('name of the guest; of a definition in a file its name as it was given, of a QEMU its monitor');
const ids = { uid: orNull(uid), fid: orNull(fid) };
const live = flag('whether the guest that runs has it');
const config = flag('whether the definition has it');

const HELD = record({
  ...{ hostAddress, guestAddress: orNull(guestAddress), ...ids, managed: flag(), live, config },
  ...{ alias: orNull(text()), mac: orNull(text()) },
});
export const GUEST = record({
  ...{ guest, uuid: text(), id: orNull(integer()), state: text(), persistent: flag(), autostart: flag() },
  ...{ functions: list(HELD), problems: list(PROBLEM) },
});

const CHANGED_FUNCTION = record({
  device: text('address of the function; MAC address or pool where it was named by that'),
  hostAddress: orNull(hostAddress),
  guestAddress: orNull(guestAddress),
  ...ids,
  live: orNull(flag('whether what runs is changed; null where it is as asked for already')),
  config: orNull(flag('whether the definition is changed; null where it is as asked for already')),
  changed: flag('false where it was so already; in a dry run, whether it would be changed'),
});
export const GUEST_CHANGE = record({
  kind: word(['guest change']),
  guest,
  source: word(['libvirt', 'qemu', 'file'], 'whose guest it is'),
  uuid: orNull(text()),
  state: orNull(text('null for a file')),
  changed: flag('false where all was so already; in a dry run, whether it would be changed'),
  functions: list(CHANGED_FUNCTION),
  plan,
  xml: orNull(text('of a file: the definition as it is afterwards')),
  versions: orNull(VERSIONS),
});

const FREE = { freeLive: orNull(integer('in the guest that runs; null while it does not')), freeConfig: orNull(integer('after its next start')) };
export const PORTS = record({
  ...{ guest, state: text(), ...FREE, conventional: orNull(record(FREE, 'places that take conventional functions, where root ports do not')) },
  ...{ changed: flag(), added: integer('ports that were added, or would be'), elements: list(text()), steps, versions: orNull(VERSIONS) },
});

export const MIGRATION = record({
  ...{ guest, state: text(), blocked: flag() },
  findings: list(
    record({
      device: text(),
      effect: word(['blocks', 'replaced', 'perhaps'], 'replaced: a teaming interface stands in'),
      reason: text(),
      remedy: orNull(text()),
    }),
  ),
});

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

function unchangedFunction(device: string): ChangedFunction {
  return { ...nameOf(device), guestAddress: null, uid: null, fid: null, live: null, config: null, changed: false };
}

/** Guests of libvirt have a uuid, whatever they are called. */
export function guestChange({ guest: name, uuid, state, functions, unchanged, steps: shown, versions }: GuestReport): Of<typeof GUEST_CHANGE> {
  const all = [...functions.map(changedFunction), ...unchanged.map(unchangedFunction)];
  return {
    ...{ kind: 'guest change', guest: name, source: uuid === null ? 'qemu' : 'libvirt', uuid, state },
    ...{ changed: shown.length > 0, functions: all, plan: jsonPlan(shown), xml: null, versions: versions === null ? null : jsonVersions(versions) },
  };
}

/** Null where the definition leaves the place to libvirt: an address of zeroes is none (docs/addressing.md §1). */
function givenPlace(place: PciAddress): string | null {
  const text = formatPciAddress(place);
  return text === '0000:00:00.0' ? null : text;
}

/** Functions of a file are where its definition has them. */
export function fileChange(name: string, addresses: readonly string[], { after, unchanged, versions }: FileChange): Of<typeof GUEST_CHANGE> {
  const hostdevs = readHostdevs(readDomain(after));
  const functions = addresses.map((address): ChangedFunction => {
    const at = hostdevs.find(({ source }) => source !== undefined && formatPciAddress(source) === address)?.address;
    const place = { guestAddress: at?.pci === undefined ? null : givenPlace(at.pci), ...zpciIds(at?.zpci) };
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
