import { type GuestRow, listGuests } from '../../app/guests/list.ts';
import { checkMigration } from '../../app/guests/migrate-check.ts';
import { guestPorts } from '../../app/guests/ports.ts';
import { swapInGuest } from '../../app/guests/swap.ts';
import { HostdevError } from '../../errors.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { type ConnectFlags, type GuestFlags, guestOptions, reportGuest, withLibvirt } from '../libvirt.ts';
import { type Io, oneLine, printJson, printProblem } from '../io.ts';
import { machineContext } from '../machine.ts';
import { formatTable } from '../table.ts';

export async function guests(io: Io, options: ConnectFlags & { readonly json?: boolean }): Promise<number> {
  const context = await machineContext(io.machine);
  const rows = await withLibvirt(io, options, undefined, async (link) => listGuests(context, await link.get()));
  if (options.json === true) {
    printJson(io, rows);
    return 0;
  }
  if (rows.length === 0) {
    io.err('libvirt has no guests there\n');
    return 0;
  }
  io.out(formatTable(['GUEST', 'STATE', 'AUTOSTART', 'FUNCTION', 'IN GUEST', 'UID', 'FID', 'WHERE'], rows.flatMap(linesOf)));
  for (const { warnings } of rows) for (const warning of warnings) printProblem(io, warning);
  return 0;
}

function linesOf({ name, state, autostart, functions }: GuestRow): string[][] {
  const head = [name, state, autostart ? 'yes' : 'no'];
  if (functions.length === 0) return [[...head, '-', '-', '-', '-', '-']];
  return functions.map(({ address, guestAddress, uid, fid, live, config }, i) => [
    ...(i === 0 ? head : ['', '', '']),
    ...[address, guestAddress ?? '-', uid ?? '-', fid ?? '-', live && config ? 'both' : live ? 'running only' : 'definition'],
  ]);
}

export async function swap(io: Io, guest: string, old: string, next: string, flags: GuestFlags): Promise<number> {
  const [from, to] = [parsePciAddress(old), parsePciAddress(next)];
  const context = await machineContext(io.machine);
  const options = guestOptions(io, flags);
  return reportGuest(io, flags, await withLibvirt(io, flags, options.signal, (link) => swapInGuest(context, link, guest, from, to, options)));
}

export async function ports(
  io: Io,
  guest: string,
  flags: ConnectFlags & { readonly add?: string; readonly dryRun?: boolean; readonly json?: boolean },
): Promise<number> {
  const add = flags.add === undefined ? 0 : Number(flags.add);
  if (flags.add !== undefined && !(Number.isInteger(add) && add > 0)) {
    throw new HostdevError('usage', `--add is a number of ports, not '${flags.add}'`, { hint: 'two are enough for most' });
  }
  const report = await withLibvirt(io, flags, undefined, (link) => guestPorts(link, guest, { add, dryRun: flags.dryRun === true }));
  if (flags.json === true) {
    printJson(io, report);
    return 0;
  }
  if (add > 0 && !report.applied) for (const element of report.elements) io.out(`${element}\n`);
  else {
    const count = (free: number | null, none: string): string => (free === null ? none : `${free} free`);
    io.out(
      `${oneLine(report.guest)} (${report.state}): ${count(report.live, 'does not run')} now, ${count(report.config, 'no definition')} after its next start\n`,
    );
  }
  return 0;
}

export async function migrateCheck(io: Io, guest: string, flags: ConnectFlags & { readonly json?: boolean }): Promise<number> {
  const context = await machineContext(io.machine);
  const report = await withLibvirt(io, flags, undefined, (link) => checkMigration(context, link, guest));
  if (flags.json === true) printJson(io, report);
  else if (report.findings.length === 0) io.out(`${oneLine(report.guest)} has no functions of the host; they do not keep it from being migrated\n`);
  else {
    for (const { device, effect, reason, remedy } of report.findings) {
      io.out(`${oneLine(`${device}  ${effect}: ${reason}`)}\n`);
      if (remedy !== null) io.out(`  ${oneLine(remedy)}\n`);
    }
  }
  return report.blocked ? 1 : 0;
}
