/** `expandDomain`: the guest addresses libvirt would generate, written into the user's own XML, and why. */
import { type Domain, readDomain } from '../domain/domain.ts';
import { HostdevError, type Problem } from '../errors.ts';
import type { Capabilities } from './capabilities/capabilities.ts';
import { presetCapabilities } from './capabilities/presets.ts';
import { assignAddresses } from './assign/assign.ts';
import type { Guest } from './guest/guest.ts';
import { readDevices } from './guest/read.ts';
import { type HostFacts, NO_HOST } from './host-facts.ts';
import { machineClass } from './machine/class.ts';
import { completeDefinition } from './machine/complete.ts';
import { checkGuest } from './validate/check.ts';
import { type Placement, listPlacements } from './report.ts';
import { writePlacements } from './write.ts';

export interface ExpandOptions {
  /** What QEMU can do; the newest preset of the guest's architecture when missing. */
  readonly capabilities?: Capabilities;
  /** Facts about the host; when missing, every host function counts as PCIe and without group. */
  readonly host?: HostFacts;
  /** A new definition (the default), as opposed to one libvirt already stores. Matters on POWER only. */
  readonly newDefinition?: boolean;
  /** Architecture of a definition that names none; x86_64 when missing. */
  readonly defaultArch?: string;
  /** Named in the positions of problems. */
  readonly file?: string;
}

export type Expansion =
  | { readonly ok: true; readonly xml: string; readonly placements: readonly Placement[]; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Gives a definition the guest PCI addresses, PCI controllers and zPCI ids that libvirt 11.3 would generate.
 * Nothing else in the text changes. What libvirt would refuse comes back as problems, never as an exception.
 *
 * @example
 * ```ts
 * import { expandDomain } from 'hostdev';
 * const result = expandDomain(`<domain type='kvm'>
 *   <os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os>
 *   <devices>
 *     <hostdev mode='subsystem' type='pci'><source><address domain='0x0002' bus='0' slot='0' function='0'/></source></hostdev>
 *   </devices>
 * </domain>`);
 * if (result.ok) console.log(result.placements.find((p) => p.kind === 'hostdev')?.zpci); // → { uid: 1, fid: 0 }
 * ```
 */
export function expandDomain(source: string, options: ExpandOptions = {}): Expansion {
  try {
    const domain = readDomain(source, options.file === undefined ? {} : { file: options.file });
    const guest = placeGuest(domain, options);
    const problems = checkGuest(guest);
    if (problems.some((problem) => problem.severity === 'error')) return { ok: false, problems };
    return { ok: true, xml: writePlacements(guest), placements: listPlacements(guest), problems };
  } catch (error) {
    if (error instanceof HostdevError) return { ok: false, problems: [error.toProblem()] };
    throw error;
  }
}

/**
 * The guest with everything libvirt adds, placed.
 *
 * @throws {HostdevError} what libvirt would refuse while it completes and places the definition.
 */
function placeGuest(domain: Domain, options: ExpandOptions = {}): Guest {
  const guest = startGuest(domain, options);
  completeDefinition(guest);
  assignAddresses(guest);
  return guest;
}

function startGuest(domain: Domain, options: ExpandOptions): Guest {
  const arch = domain.arch ?? options.defaultArch ?? 'x86_64';
  const capabilities = options.capabilities ?? presetCapabilities(arch);
  const machine = domain.machine ?? capabilities.defaultMachine;
  return {
    domain,
    arch,
    machine,
    machineClass: machineClass(arch, machine),
    capabilities,
    host: options.host ?? NO_HOST,
    newDefinition: options.newDefinition ?? true,
    lists: readDevices(domain),
  };
}
