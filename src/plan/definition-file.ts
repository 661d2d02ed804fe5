/** The plan of adding functions to a definition in a file, and of taking them out. */
import type { VersionNumber } from '../addressing/libvirt/version.ts';
import { leftOutOf } from '../addressing/validate/new-xml.ts';
import { readDomain } from '../domain/domain.ts';
import { compareAddition } from '../addressing/addition.ts';
import type { PlaceOptions } from '../addressing/place.ts';
import { notAmong, withoutPosition } from '../addressing/problems.ts';
import type { HostFacts } from '../addressing/host-facts.ts';
import { validateDomain } from '../addressing/validate.ts';
import { chooseZpciIds } from '../addressing/zpci/choose.ts';
import { formatHostdev, type HostdevSpec } from '../domain/hostdev-xml.ts';
import { HostdevError, type Problem } from '../errors.ts';
import { type PciAddress, samePciAddress } from '../pci/address.ts';
import { absentWarning, domainMeant } from '../state/absent-functions.ts';
import type { DevicePresence, GuestParts, GuestState } from '../state/guest-state.ts';
import type { Judgment } from '../state/judge.ts';
import { type GuestName, planAttach } from './attach.ts';
import type { Change } from './change.ts';
import { refuseUnknownIommufd } from './iommufd.ts';
import { asWarning, type DefinitionChange, definitionRefusals } from './force.ts';

/** All that there is of a guest that nobody runs. */
export const DEFINITION: GuestParts = { live: false, config: true };

const NOWHERE: DevicePresence = { live: 'no', config: 'no' };

/** A definition in a file as the guest that it is. */
export function definedGuest(name: string, text: string): GuestState {
  return { ref: { name, uuid: name, id: -1 }, state: 'shut off', live: undefined, config: text };
}

/**
 * Adds functions that the definition does not have.
 *
 * @throws {HostdevError} `iommufd-unknown` where the definition's libvirt would leave out what is asked for.
 */
export function planDefinitionAttach(guest: GuestName, text: string, specs: readonly HostdevSpec[], options: PlaceOptions): Change[] {
  refuseUnknownIommufd(specs, text, options);
  return specs.map((spec) => {
    const element = formatHostdev(withWholeIds(spec, text, options)).join('\n');
    return planAttach(guest, DEFINITION, { selector: { source: spec.source }, text: element, presence: NOWHERE });
  });
}

/** What an attach to a definition is held against. */
export interface AttachJudges extends DefinitionChange {
  /** Those of the definition, with what its host says of its functions. */
  readonly options: PlaceOptions;
  readonly libvirt: VersionNumber;
  readonly judgments: readonly Judgment[];
}

/**
 * Everything that is to be said of functions that a definition gets.
 *
 * @throws {HostdevError} what libvirt would refuse.
 */
export function attachWarnings(before: string, after: string, { options, libvirt, judgments, ...change }: AttachJudges): Problem[] {
  // Where devices come is looked at as libvirt does that defines them elsewhere.
  const { host: _, ...elsewhere } = options;
  return [
    ...checkPlaces(before, after, elsewhere),
    ...leftOutWarnings(before, after, libvirt),
    ...hostWarnings(judgments, change),
    ...startWarnings(before, after, options),
  ];
}

/** What this host says to a definition that may be meant for another one. */
function hostWarnings(judgments: readonly Judgment[], change: DefinitionChange): Problem[] {
  const there = judgments.map(({ device }) => device.address);
  const refusals = definitionRefusals(judgments, change);
  return [...absentWarnings(there, change.added), ...refusals.map((each) => asWarning(each, 'that matters if the definition is meant for this host'))];
}

/**
 * Half a pair of zPCI ids would be completed by libvirt from what it has read so far, and could then be what a device further down names:
 * both are written. Who names none gets what libvirt finds free when it has read all.
 */
function withWholeIds(spec: HostdevSpec, text: string, options: PlaceOptions): HostdevSpec {
  if (spec.zpci === undefined) return spec;
  const zpci = chooseZpciIds([text], spec.zpci, options);
  return zpci === undefined ? spec : { ...spec, zpci };
}

/** What of the functions that come the libvirt leaves out; what the file had before is 'hostdev validate's to say. */
function leftOutWarnings(before: string, after: string, libvirt: VersionNumber): Problem[] {
  const found = (text: string): Problem[] => leftOutOf(readDomain(text), libvirt).map(({ problem }) => problem);
  return notAmong(found(after), found(before));
}

/**
 * What libvirt would say to the new definition. Something it already says to the old one is no reason to
 * refuse the change, only to mention it.
 *
 * @throws {HostdevError} what it would refuse.
 */
function checkPlaces(before: string, after: string, options: PlaceOptions): Problem[] {
  const addition = compareAddition(before, after, options);
  const [refusal] = addition.refusals;
  // Its lines would be those of a file that is never written.
  if (refusal !== undefined) throw HostdevError.from(withoutPosition(refusal));
  return addition.before.map((problem) => ({ ...problem, severity: 'warning' as const }));
}

/**
 * What else validation finds only with the functions that come: what their elements say, and the functions as this host has them. What uses
 * them now is told by {@link hostWarnings}.
 */
function startWarnings(before: string, after: string, options: PlaceOptions): Problem[] {
  const found = (text: string): Problem[] => validateDomain(text, withoutUses(options)).filter(({ code }) => !TOLD_ELSEWHERE.has(code));
  const now = found(after);
  return notAmong(now, now.length === 0 ? [] : found(before)).map((each) => ({ ...withoutPosition(each), severity: 'warning' }));
}

const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['function-unknown', 'left-out']);

function withoutUses({ host, ...options }: PlaceOptions): PlaceOptions {
  if (host === undefined) return options;
  const pciFunction: HostFacts['pciFunction'] = (address) => {
    const facts = host.pciFunction(address);
    return facts === undefined ? undefined : { ...facts, refusals: [] };
  };
  return { ...options, host: { ...host, pciFunction } };
}

/** Functions that this host does not have: a definition may well be another one's. */
export function absentWarnings(there: readonly PciAddress[], sources: readonly PciAddress[]): Problem[] {
  const absent = sources.filter((source) => !there.some((each) => samePciAddress(each, source)));
  return absent.map((source) => absentWarning(source, domainMeant(there, source) ?? 'that is right if it is meant for another host'));
}
