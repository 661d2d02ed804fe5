import { attachToFile, type FileChange } from '../../app/change-file.ts';
import { readDomainFile, requireReplaceable } from '../../guest/definition-file.ts';
import { attachToGuest } from '../../app/guests/attach-to-guest.ts';
import { attachToMonitor } from '../../app/guests/attach-to-monitor.ts';
import { attachFromPool } from '../../app/guests/pool-attach.ts';
import { devicesNamed } from '../../app/group.ts';
import { asFileHint, guessedWord, guessNotes, guestTarget, type GuestTarget } from '../../app/guests/target.ts';
import type { AppContext } from '../../app/context.ts';
import { resolveFunctions } from '../../app/resolve.ts';
import { parseFunctionNames } from '../../domain/function-name.ts';
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import { printDiff } from '../diff.ts';
import { answerItems } from '../answer.ts';
import { type Io, printProblem } from '../io.ts';
import { fileChange } from '../../json/items/guests.ts';
import type { GuestFlags } from '../command/options.ts';
import type { Options } from '../command/table.ts';
import { elementSpecs, refuseGiven } from '../element-options.ts';
import { listLibvirts, noteVersions } from '../libvirt-versions.ts';
import { guestOptions, isForLibvirt, refuseIdsOfHere, reportGuest, withLibvirt } from '../libvirt.ts';
import { machineContext, refuseForeignChange } from '../machine.ts';
import { parseVlan } from '../numbers.ts';

type AttachFlags = Options<'attach'>;

export async function attach(io: Io, guest: string, words: readonly string[], options: AttachFlags): Promise<number> {
  if (options.libvirt === 'list') return listLibvirts(io, 'attach', options);
  const target = await guestTarget(guest, isForLibvirt(options));
  if (target.kind !== 'file') refuseVersions(target, options);
  if (options.pool !== undefined) return attachPool(io, target, words, options);
  // Whoever names none does not load what asks a fleet.
  if (words.some((word) => word.startsWith('mapping:'))) return (await import('./attach-mapped.ts')).attachMapped(io, target, words, options);
  requireAddresses(words, '--pool NETWORK');
  const names = parseFunctionNames(words);
  const context = await machineContext(io.machine, options);
  const addresses = await namedOrGroups(io, context, await resolveFunctions(context, names), options);
  const specs = elementSpecs(addresses, options, target.kind === 'qmp' ? 'chosen later' : 'as given');
  if (target.kind === 'file') return attachFile(io, context, { target, specs }, options);
  if (target.kind === 'qmp') refuseGiven(options, ['uid', 'fid', 'multifunction', 'rom', 'bootOrder', 'managed'], 'qmp:');
  refuseForeignChange(options);
  const change = guestOptions(io, options);
  const report =
    target.kind === 'qmp'
      ? await attachToMonitor(context, target.socket, specs, change)
      : await withLibvirt(io, { ...options, signal: change.signal, guessed: guessedWord(target) }, async (link) => {
          refuseIdsOfHere(names, options, link);
          return attachToGuest(context, link, { word: target.word, specs }, change);
        }).catch((error: unknown) => {
          throw asFileHint(error, target);
        });
  return reportGuest(io, options, report);
}

/** A guest that libvirt or a QEMU has is theirs, whatever versions they are. */
function refuseVersions({ kind }: GuestTarget, flags: AttachFlags): void {
  const given = (['libvirt', 'capabilities'] as const).find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  throw new HostdevError(
    'option-conflict',
    `--${given} is for definitions in files; a guest of ${kind === 'qmp' ? 'a QEMU' : 'libvirt'} is for the one that has it`,
    {
      hint: `leave it out${kind === 'libvirt' ? "; 'hostdev expand' predicts for another libvirt what 'virsh dumpxml --inactive' prints" : ''}`,
    },
  );
}

/** With --group the rest of their IOMMU groups too, as the machine that is looked at has them. */
export async function namedOrGroups(io: Io, context: AppContext, addresses: readonly PciAddress[], flags: GroupFlags): Promise<readonly PciAddress[]> {
  if (flags.group !== true) return addresses;
  const confirm = async (question: string): Promise<boolean> => flags.yes === true || flags.dryRun === true || io.confirm(question);
  return (await devicesNamed(context, addresses, { group: true, confirm })).map(({ address }) => address);
}

type GroupFlags = Pick<AttachFlags, 'group' | 'yes' | 'dryRun'>;

/** @throws {HostdevError} `usage` where nothing is named; `ofPool` says how a function of a pool is. */
export function requireAddresses(words: readonly string[], ofPool: string): void {
  if (words.length === 0)
    throw new HostdevError('usage', "missing required argument 'address': no PCI function is named", {
      hint: `'hostdev list' shows them; for one of a network's: ${ofPool}`,
    });
}

async function attachPool(io: Io, target: GuestTarget, words: readonly string[], options: AttachFlags): Promise<number> {
  if (words.length > 0) {
    throw new HostdevError('option-conflict', '--pool lets libvirt choose the function, but one is named', { hint: 'leave the address or --pool out' });
  }
  if (target.kind !== 'libvirt') {
    const word = target.kind === 'file' ? target.name : `qmp:${target.socket}`;
    throw new HostdevError('option-conflict', `--pool is for guests of libvirt, and ${word} is none`, { hint: 'name a guest of libvirt' });
  }
  refuseGiven(options, ['mac', 'vlan'], '--pool');
  refuseForeignChange(options);
  const change = guestOptions(io, options);
  const vlan = options.vlan === undefined ? undefined : parseVlan(options.vlan);
  const wanted = { network: options.pool ?? '', mac: options.mac, vlan };
  const context = await machineContext(io.machine, options);
  return reportGuest(
    io,
    options,
    await withLibvirt(io, { ...options, signal: change.signal }, (link) => attachFromPool(context, link, { word: target.word, ...wanted }, change)),
  );
}

async function attachFile(
  io: Io,
  context: AppContext,
  { target, specs }: { readonly target: Extract<GuestTarget, { kind: 'file' }>; readonly specs: readonly HostdevSpec[] },
  options: AttachFlags,
): Promise<number> {
  const { name } = target;
  refuseForFile(name, options);
  refuseStdin(name, options.dryRun === true);
  if (options.dryRun !== true) await requireReplaceable(name);
  const file = await readDomainFile(name, io.stdin);
  io.catchSignals();
  const { libvirt, capabilities } = options;
  const change = await attachToFile(context, file, specs, { dryRun: options.dryRun === true, libvirt, capabilities });
  const addresses = specs.map(({ source }) => source);
  const warnings = [...guessNotes(target), ...change.warnings];
  reportChange(io, { verb: 'attached to', guest: file.name, addresses, change: { ...change, warnings }, json: options.json === true });
  return 0;
}

/** A definition in a file runs nowhere: nothing is waited for or taken from the host. */
export function refuseForFile(guest: string, flags: GuestFlags): void {
  const given = (['timeout', 'wait'] as const).find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  throw new HostdevError('option-conflict', `--${given} is for guests that run, and ${guest} is a file`, { hint: 'leave it out' });
}

/** A file that is standard input cannot be replaced. */
export function refuseStdin(guest: string, dryRun: boolean): void {
  if (guest === '-' && !dryRun) {
    throw new HostdevError('usage', 'standard input cannot be changed in place', { hint: 'name a file, or add --dry-run to get a diff' });
  }
}

export interface ChangeReport {
  readonly verb: 'attached to' | 'detached from';
  readonly guest: string;
  readonly addresses: readonly PciAddress[];
  readonly change: FileChange;
  readonly json: boolean;
}

export function reportChange(io: Io, { verb, guest, addresses, change, json }: ChangeReport): void {
  for (const warning of change.warnings) printProblem(io, warning);
  if (json) {
    answerItems(io, verb === 'attached to' ? 'attach' : 'detach', [fileChange(guest, addresses.map(formatPciAddress), change)]);
    return;
  }
  if (change.unchanged.length < addresses.length) noteVersions(io, change.versions);
  for (const address of change.unchanged) io.out(`${address} ${verb === 'attached to' ? 'is' : 'is not'} attached to ${guest}, as it was before\n`);
  const changed = addresses.map(formatPciAddress).filter((address) => !change.unchanged.includes(address));
  if (changed.length === 0) return;
  if (!change.written) printDiff(io, guest, change.before, change.after);
  else io.out(`${changed.join(', ')} ${verb} ${guest}\n`);
}
