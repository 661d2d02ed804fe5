/** `hostdev attach` and `detach` on a domain XML file. */
import { compareAddition } from '../addressing/addition.ts';
import { type SpokenFor, spokenFor } from '../addressing/libvirt/spoken-for.ts';
import { chooseVersions, type PlaceOptions } from '../addressing/place.ts';
import { withoutPosition } from '../addressing/problems.ts';
import { chooseZpciIds } from '../addressing/zpci/choose.ts';
import { readDomain } from '../domain/domain.ts';
import { readHostdevs } from '../domain/hostdev.ts';
import { findHostdev } from '../domain/edit.ts';
import { formatHostdev, type HostdevSpec } from '../domain/hostdev-xml.ts';
import { saysAllOf } from '../domain/says-all-of.ts';
import { HostdevError, type Problem } from '../errors.ts';
import { executeAll } from '../execute/executor.ts';
import { unrecordedExecutor } from '../execute/session.ts';
import { fileGuest } from '../guest/file-guest.ts';
import type { GuestPort } from '../guest/port.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { planAttach } from '../plan/attach.ts';
import type { Change } from '../plan/change.ts';
import { planDetach } from '../plan/detach.ts';
import type { DevicePresence, GuestParts, GuestState } from '../state/guest-state.ts';
import type { AppContext } from './context.ts';
import { type DomainFile, replaceDomainFile } from './domain-file.ts';
import { type VersionWish, versionsFor } from './guest-versions.ts';
import { viewHost, viewing } from './host-view.ts';
import { guestQemu, hostArchitecture } from './place-options.ts';
import { domainMeant } from '../state/absent-functions.ts';
import { refuseTwice } from '../pci/named-once.ts';
import { asWarning, definitionRefusals } from '../plan/force.ts';

export interface FileChange {
  readonly before: string;
  readonly after: string;
  readonly written: boolean;
  /** Addresses of functions that were as asked for before. */
  readonly unchanged: readonly string[];
  readonly warnings: readonly Problem[];
  /** Which libvirt and QEMU the places were looked at for; of what is taken out none are. */
  readonly versions?: SpokenFor;
}

export interface FileAttachOptions extends VersionWish {
  readonly dryRun: boolean;
}

/** Adds functions to a definition; the file is replaced unless it is a dry run. */
export async function attachToFile(
  context: AppContext,
  file: DomainFile,
  specs: readonly HostdevSpec[],
  { dryRun, ...wish }: FileAttachOptions,
): Promise<FileChange> {
  refuseTwice(specs.map((spec) => spec.source));
  const domain = readDomain(file.text, { file: file.name });
  const view = viewing(context);
  const qemu = guestQemu(domain);
  const options: PlaceOptions = { file: file.name, defaultArch: hostArchitecture(), ...(await versionsFor(wish, qemu, view)) };
  const versions = spokenFor(chooseVersions(qemu.arch, options));
  const hostdevs = readHostdevs(domain);
  const present = hostdevs.flatMap(({ source }) => source ?? []);
  const isThere = (spec: HostdevSpec): boolean => hostdevs.some((hostdev) => saysAllOf(hostdev, spec));
  const unchanged = specs.filter(isThere).map(({ source }) => formatPciAddress(source));
  const missing = specs.filter((spec) => !isThere(spec));
  if (missing.length === 0) return { before: file.text, after: file.text, written: false, unchanged, warnings: [], versions };
  const added = missing.map((spec) => spec.source);
  const coming = missing.map((spec) => withWholeIds(spec, file.text, options));
  const after = await carriedOut(context, file, (guest) =>
    coming.map((spec) => planAttach(guest, DEFINITION, { selector: { source: spec.source }, text: formatHostdev(spec).join('\n'), presence: NOWHERE })),
  );
  const { judgments } = await viewHost(view);
  const warnings = [
    ...checkPlaces(file.text, after, options),
    ...absentWarnings(
      judgments.map(({ device }) => device.address),
      added,
    ),
    ...definitionRefusals(judgments, { added, present }).map((refusal) => asWarning(refusal, 'that matters if the definition is meant for this host')),
  ];
  if (!dryRun) await replaceDomainFile(file, after);
  return { before: file.text, after, written: !dryRun, unchanged, warnings, versions };
}

/** Takes functions out of a definition. */
export async function detachFromFile(context: AppContext, file: DomainFile, sources: readonly PciAddress[], dryRun: boolean): Promise<FileChange> {
  refuseTwice(sources);
  const domain = readDomain(file.text, { file: file.name });
  const absent = sources.filter((source) => findHostdev(domain, source) === undefined);
  const unchanged = absent.map(formatPciAddress);
  if (absent.length === sources.length) return { before: file.text, after: file.text, written: false, unchanged, warnings: [] };
  const state: GuestState = { ref: { name: file.name, uuid: file.name, id: -1 }, state: 'shut off', live: undefined, config: file.text };
  const after = await carriedOut(context, file, (guest) =>
    sources.filter((source) => !absent.includes(source)).map((source) => planDetach(guest, state, DEFINITION, { source })),
  );
  if (!dryRun) await replaceDomainFile(file, after);
  return { before: file.text, after, written: !dryRun, unchanged, warnings: [] };
}

/** The definition once these changes are made in it; the file itself is replaced whole, or stays. */
async function carriedOut({ port }: AppContext, file: DomainFile, plan: (guest: GuestPort) => readonly Change[]): Promise<string> {
  let { text } = file;
  const guest = fileGuest({ name: file.name, read: async () => text, replace: async (now) => void (text = now) });
  await executeAll(unrecordedExecutor({ target: { port, guestOf: async () => guest }, options: { timeoutMs: 0 } }), plan(guest));
  return text;
}

const DEFINITION: GuestParts = { live: false, config: true };
const NOWHERE: DevicePresence = { live: 'no', config: 'no' };

/**
 * Half a pair of zPCI ids would be completed by libvirt from what it has read so far, and could then be what a device further down names:
 * both are written. Who names none gets what libvirt finds free when it has read all.
 */
function withWholeIds(spec: HostdevSpec, text: string, options: PlaceOptions): HostdevSpec {
  if (spec.zpci === undefined) return spec;
  const zpci = chooseZpciIds([text], spec.zpci, options);
  return zpci === undefined ? spec : { ...spec, zpci };
}

/**
 * What libvirt would say to the new definition. Something it already says to the old one is no reason to
 * refuse the change, only to mention it.
 */
function checkPlaces(before: string, after: string, options: PlaceOptions): Problem[] {
  const addition = compareAddition(before, after, options);
  const [refusal] = addition.refusals;
  // Its lines would be those of a file that is never written.
  if (refusal !== undefined) throw HostdevError.from(withoutPosition(refusal));
  return addition.before.map((problem) => ({ ...problem, severity: 'warning' as const }));
}

function absentWarnings(there: readonly PciAddress[], sources: readonly PciAddress[]): Problem[] {
  const absent = sources.filter((source) => !there.some((each) => samePciAddress(each, source)));
  return absent.map((source) => ({
    code: 'function-unknown',
    severity: 'warning',
    subject: formatPciAddress(source),
    message: `this machine has no PCI function ${formatPciAddress(source)}`,
    hint: domainMeant(there, source) ?? 'that is right if the definition is meant for another host',
  }));
}
