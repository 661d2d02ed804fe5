/**
 * From a definition to a placed guest, with everything that libvirt would refuse on the way.
 *
 * Rules: docs/addressing.md §2.
 */
import { type Domain, readDomain } from '../domain/domain.ts';
import { HostdevError, type Problem } from '../errors.ts';
import { assignAddresses } from './assign/assign.ts';
import { placeable } from './assign/placeable.ts';
import type { Capabilities } from './capabilities/capabilities.ts';
import { presetCapabilities } from './capabilities/presets.ts';
import { doesOf, type Guest } from './guest/guest.ts';
import { readDevices } from './guest/read.ts';
import { type HostFacts, NO_HOST } from './host-facts.ts';
import { type LibvirtVersion, NEWEST_LIBVIRT, qemuBeside } from './libvirt/known.ts';
import { parseVersion, type VersionNumber } from './libvirt/version.ts';
import { machineClass } from './machine/class.ts';
import { completeDefinition } from './machine/complete.ts';
import { collect, makeProblemList } from './problems.ts';
import { checkDefinable, checkGuest } from './validate/check.ts';
import { checkPostParse } from './validate/post-parse.ts';
import { wordTable } from '../word-table.ts';

export interface PlaceOptions {
  /**
   * The libvirt whose rules are to be followed, see {@link LibvirtVersion}. When missing, that of the capabilities, else the newest that is
   * known ({@link KNOWN_LIBVIRTS}).
   */
  readonly libvirt?: LibvirtVersion;
  /** What QEMU can do; when missing, a preset of the guest's architecture for the QEMU that distributions ship beside that libvirt. */
  readonly capabilities?: Capabilities;
  /** Facts about the host; when missing, every host function counts as PCIe and without group. */
  readonly host?: HostFacts;
  /** A new definition (the default), as opposed to one libvirt already stores. Matters on POWER only. */
  readonly newDefinition?: boolean;
  /** Whether libvirt has the definition already: then what would keep it from being defined, wherever its devices are, is not looked for. */
  readonly accepted?: boolean;
  /** Architecture of a definition that names none; x86_64 when missing. */
  readonly defaultArch?: string;
  /** Named in the positions of problems. */
  readonly file?: string;
}

/** A guest, unless the text is no domain at all. */
export interface Placed {
  readonly guest: Guest | undefined;
  readonly problems: () => readonly Problem[];
}

/** Reads, completes, places and checks a definition. */
export function placeGuest(source: string, options: PlaceOptions = {}): Placed {
  let domain: Domain;
  try {
    domain = readDomain(source, options.file === undefined ? {} : { file: options.file });
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return { guest: undefined, problems: () => [error.toProblem()] };
  }
  const guest = startGuest(domain, options);
  completeDefinition(guest);
  checkPostParse(guest);
  const toPlace = placeable(guest);
  if (toPlace !== undefined) collect(guest.problems, () => assignAddresses(toPlace));
  checkGuest(guest);
  if (options.accepted !== true) checkDefinable(guest);
  return { guest, problems: guest.problems.all };
}

/** The libvirt and the QEMU that options ask for, or that come into question where they do not. */
export function chooseVersions(arch: string, options: PlaceOptions): Pick<Guest, 'libvirt' | 'libvirtSaid' | 'capabilities'> {
  const said = options.libvirt === undefined ? options.capabilities?.libvirtVersion : parseVersion(options.libvirt);
  const libvirt = said ?? NEWEST_LIBVIRT;
  const capabilities = options.capabilities ?? withDefaultMachine(presetCapabilities(arch, qemuBeside(libvirt)), libvirt);
  return { libvirt, libvirtSaid: said !== undefined, capabilities };
}

/** What QEMU or the alphabet put first, where libvirt had no choice of its own. */
const FIRST_MACHINE = wordTable<string>({ aarch64: 'integratorcp', armv7l: 'integratorcp', armv6l: 'integratorcp', riscv64: 'spike' });

function withDefaultMachine(preset: Capabilities, libvirt: VersionNumber): Capabilities {
  const does = doesOf({ libvirt });
  return does('virt-by-default') ? preset : { ...preset, defaultMachine: FIRST_MACHINE[preset.arch] ?? preset.defaultMachine };
}

function startGuest(domain: Domain, options: PlaceOptions): Guest {
  const arch = domain.arch ?? options.defaultArch ?? 'x86_64';
  const { libvirt, libvirtSaid, capabilities } = chooseVersions(arch, options);
  const machine = domain.machine ?? capabilities.defaultMachine;
  const problems = makeProblemList();
  return {
    domain,
    arch,
    machine,
    machineClass: machineClass(arch, machine),
    libvirt,
    libvirtSaid,
    capabilities,
    host: options.host ?? NO_HOST,
    newDefinition: options.newDefinition ?? true,
    lists: readDevices(domain, problems, doesOf({ libvirt })),
    problems,
  };
}
