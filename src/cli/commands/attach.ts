import { attachToFile, type FileChange } from '../../app/attach.ts';
import { readDomainFile } from '../../app/domain-file.ts';
import { attachToGuest } from '../../app/guests/attach.ts';
import { attachToQmp } from '../../app/guests/qmp.ts';
import { guestTarget } from '../../app/guests/target.ts';
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import { printDiff } from '../diff.ts';
import { type Io, printJson, printProblem } from '../io.ts';
import { type GuestFlags, guestOptions, libvirtOnly, reportGuest, withLibvirt } from '../libvirt.ts';
import { type MachineFlags, machineContext, refuseForeignChange } from '../machine.ts';
import { type ElementOptions, elementSpecs, parseAddresses } from '../options.ts';

export async function attach(io: Io, guest: string, words: readonly string[], options: ElementOptions & MachineFlags & GuestFlags): Promise<number> {
  const addresses = parseAddresses(words);
  const target = await guestTarget(guest, libvirtOnly(options) !== undefined);
  const specs = elementSpecs(addresses, options, target.kind === 'qmp');
  if (target.kind === 'file') return attachFile(io, target.name, addresses, specs, options);
  refuseForeignChange(options);
  const context = await machineContext(options);
  const change = guestOptions(io, options);
  const report =
    target.kind === 'qmp'
      ? await attachToQmp(context, target.socket, specs, change)
      : await withLibvirt(options, change.signal, (link) => attachToGuest(context, link, target.word, specs, change));
  return reportGuest(io, options, report);
}

async function attachFile(
  io: Io,
  name: string,
  addresses: readonly PciAddress[],
  specs: readonly HostdevSpec[],
  options: MachineFlags & GuestFlags,
): Promise<number> {
  refuseStdin(name, options.dryRun === true);
  const file = await readDomainFile(name, io.stdin);
  io.catchSignals();
  const change = await attachToFile(await machineContext(options), file, specs, options.dryRun === true);
  reportChange(io, { verb: 'attached to', guest: file.name, addresses, change, json: options.json === true });
  return 0;
}

/** A file that is standard input cannot be replaced. */
export function refuseStdin(guest: string, dryRun: boolean): void {
  if (guest === '-' && !dryRun) {
    throw new HostdevError('usage', 'standard input cannot be changed in place', { hint: 'name a file, or add --dry-run to get a diff' });
  }
}

export interface ChangeReport {
  readonly verb: string;
  readonly guest: string;
  readonly addresses: readonly PciAddress[];
  readonly change: FileChange;
  readonly json: boolean;
}

export function reportChange(io: Io, { verb, guest, addresses, change, json }: ChangeReport): void {
  for (const warning of change.warnings) printProblem(io, warning);
  if (json) {
    printJson(io, { guest, addresses: addresses.map(formatPciAddress), written: change.written, xml: change.after, warnings: change.warnings });
  } else if (!change.written) printDiff(io, guest, change.before, change.after);
  else io.out(`${addresses.map(formatPciAddress).join(', ')} ${verb} ${guest}\n`);
}
