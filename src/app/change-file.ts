/** `hostdev attach` and `detach` on a domain XML file. */
import { type SpokenFor, spokenFor } from '../addressing/libvirt/spoken-for.ts';
import { chooseVersions, type PlaceOptions } from '../addressing/place.ts';
import { readDomain } from '../domain/domain.ts';
import { readHostdevs } from '../domain/hostdev.ts';
import type { HostdevSpec } from '../domain/hostdev-xml.ts';
import type { Problem } from '../errors.ts';
import { executeAll } from '../execute/executor.ts';
import { unrecordedExecutor } from '../execute/session.ts';
import { fileGuest } from '../guest/file-guest.ts';
import type { GuestPort } from '../guest/port.ts';
import type { PciAddress } from '../pci/address.ts';
import { refuseTwice } from '../pci/named-once.ts';
import type { Change } from '../plan/change.ts';
import { attachWarnings, DEFINITION, definedGuest, planDefinitionAttach } from '../plan/definition-file.ts';
import { planDetach } from '../plan/detach.ts';
import { missingIn, presentIn } from '../plan/unchanged.ts';
import type { AppContext } from './context.ts';
import { type DomainFile, replaceDomainFile } from '../guest/definition-file.ts';
import { type VersionWish, versionsFor } from './guest-versions.ts';
import { readHostFacts } from './host-facts.ts';
import { viewHost, viewing } from './host-view.ts';
import { guestQemu, hostArchitecture } from './place-options.ts';

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
  const view = viewing(context);
  const domain = readDomain(file.text, { file: file.name });
  const present = readHostdevs(domain).flatMap(({ source }) => source ?? []);
  const qemu = guestQemu(domain);
  const options: PlaceOptions = { file: file.name, defaultArch: hostArchitecture(), ...(await versionsFor(wish, qemu, view)) };
  const chosen = chooseVersions(qemu.arch, options);
  const versions = spokenFor(chosen);
  const { rest, unchanged } = missingIn(definedGuest(file.name, file.text), DEFINITION, specs);
  if (rest.length === 0) return { before: file.text, after: file.text, written: false, unchanged, warnings: [], versions };
  const after = await carriedOut(context, file, (guest) => planDefinitionAttach(guest, file.text, rest, options));
  const change = { added: rest.map(({ source }) => source), present };
  const host = await readHostFacts(view.port, [...present, ...change.added]);
  const { judgments } = await viewHost(view);
  const warnings = attachWarnings(file.text, after, { options: { ...options, host }, libvirt: chosen.libvirt, judgments, ...change });
  if (!dryRun) await replaceDomainFile(file, after);
  return { before: file.text, after, written: !dryRun, unchanged, warnings, versions };
}

/** Takes functions out of a definition. */
export async function detachFromFile(context: AppContext, file: DomainFile, sources: readonly PciAddress[], dryRun: boolean): Promise<FileChange> {
  refuseTwice(sources);
  // What cannot be read is told with its place in the file.
  readHostdevs(readDomain(file.text, { file: file.name }));
  const state = definedGuest(file.name, file.text);
  const selectors = sources.map((source) => ({ source }));
  const { rest, unchanged } = presentIn(state, DEFINITION, selectors);
  if (rest.length === 0) return { before: file.text, after: file.text, written: false, unchanged, warnings: [] };
  const after = await carriedOut(context, file, (guest) => rest.map((selector) => planDetach(guest, state, DEFINITION, selector)));
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
