import { detachFromFile } from '../../app/change-file.ts';
import { readDomainFile, requireReplaceable } from '../../guest/definition-file.ts';
import { detachFromGuest } from '../../app/guests/detach-from-guest.ts';
import { detachFromMonitor } from '../../app/guests/detach-from-monitor.ts';
import { asFileHint, guessedWord, guessNotes, guestTarget } from '../../app/guests/target.ts';
import { resolveFunctions } from '../../app/resolve.ts';
import { parseFunctionNames } from '../../domain/function-name.ts';
import { checkMac } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import type { Io } from '../io.ts';
import type { Options } from '../command/table.ts';
import { guestOptions, isForLibvirt, refuseIdsOfHere, reportGuest, withLibvirt } from '../libvirt.ts';
import { machineContext, refuseForeignChange } from '../machine.ts';
import { refuseForFile, refuseStdin, reportChange, requireAddresses } from './attach.ts';
import type { DeviceSelector } from '../../state/guest-state.ts';
import { refuseTwice } from '../../pci/named-once.ts';
import { poolNames } from '../../guest/libvirt/read-pools.ts';

export async function detach(io: Io, guest: string, words: readonly string[], options: Options<'detach'>): Promise<number> {
  const target = await guestTarget(guest, isForLibvirt(options));
  if (options.mac !== undefined && target.kind !== 'libvirt') {
    throw new HostdevError('option-conflict', `--mac is for guests of libvirt, and ${guest} is none`, { hint: 'name the function by its address' });
  }
  if (options.mac === undefined) requireAddresses(words, '--mac ADDRESS');
  if (words.some((word) => word.startsWith('mapping:'))) {
    if (options.mac !== undefined) {
      throw new HostdevError('option-conflict', '--mac names one function, and a mapping others', { hint: 'run the command once for each' });
    }
    // Whoever names none does not load what asks a fleet.
    return (await import('./detach-mapped.ts')).detachMapped(io, target, words, options);
  }
  const names = parseFunctionNames(words);
  if (target.kind !== 'qmp' && options.release === false) {
    throw new HostdevError('option-conflict', '--no-release is for qmp: only; libvirt itself gives managed functions back to their host drivers', {
      hint: "attach with --managed no, or 'hostdev prepare' it again afterwards",
    });
  }
  if (target.kind !== 'file') refuseForeignChange(options);
  const context = await machineContext(io.machine, options);
  const addresses = await resolveFunctions(context, names);
  if (target.kind === 'file') {
    refuseForFile(target.name, options);
    refuseStdin(target.name, options.dryRun === true);
    if (options.dryRun !== true) await requireReplaceable(target.name);
    const file = await readDomainFile(target.name, io.stdin);
    io.catchSignals();
    const change = await detachFromFile(context, file, addresses, options.dryRun === true);
    const warnings = [...guessNotes(target), ...change.warnings];
    reportChange(io, { verb: 'detached from', guest: file.name, addresses, change: { ...change, warnings }, json: options.json === true });
    return 0;
  }
  refuseTwice(addresses);
  const mac = options.mac === undefined ? undefined : checkMac(options.mac);
  const change = guestOptions(io, options);
  const sources: DeviceSelector[] = addresses.map((source) => ({ source }));
  const report =
    target.kind === 'qmp'
      ? await detachFromMonitor(context, target.socket, addresses, { ...change, release: options.release !== false })
      : await withLibvirt(io, { ...options, signal: change.signal, guessed: guessedWord(target) }, async (link) => {
          refuseIdsOfHere(names, options, link);
          const which = mac === undefined ? sources : [...sources, { mac, pools: await poolNames(await link.get()) }];
          return detachFromGuest(context, link, { word: target.word, selectors: which }, change);
        }).catch((error: unknown) => {
          throw asFileHint(error, target);
        });
  return reportGuest(io, options, report);
}
