import { listGuests } from '../../app/guests/list-guests.ts';
import { checkMigration } from '../../app/guests/migrate-check.ts';
import { formatStep } from '../../plan/step.ts';
import { guestPorts } from '../../app/guests/ports.ts';
import { swapInGuest } from '../../app/guests/swap-in-guest.ts';
import { resolveEach } from '../../app/resolve.ts';
import { parseFunctionNames } from '../../domain/function-name.ts';
import { type PciAddress, samePciAddress } from '../../pci/address.ts';
import { namedOrGroups } from './attach.ts';
import type { Options } from '../command/table.ts';
import { guestOptions, refuseIdsOfHere, reportGuest, withLibvirt } from '../libvirt.ts';
import { answerItems, noteProblems } from '../answer.ts';
import { type Io, printProblem } from '../io.ts';
import { guestItem, migrationItem, portsItem } from '../../json/items/guests.ts';
import { oneLine } from '../../printable.ts';
import { journalOf, machineContext, refuseForeignChange } from '../machine.ts';
import { parseCount } from '../../pci/count.ts';
import { formatTable, type TableColumn } from '../table.ts';
import type { Problem } from '../../errors.ts';
import type { MigrationReport } from '../../state/migration.ts';
import type { GuestRow } from '../../state/guest-row.ts';

const COLUMNS: readonly TableColumn[] = [
  { title: 'GUEST', least: 8 },
  { title: 'STATE' },
  { title: 'AUTOSTART', leavesAt: 1 },
  { title: 'FUNCTION' },
  { title: 'IN GUEST', leavesAt: 5 },
  { title: 'UID', leavesAt: 4 },
  { title: 'FID', leavesAt: 3 },
  { title: 'WHERE', leavesAt: 2 },
];

export async function guests(io: Io, options: Options<'guests'>): Promise<number> {
  const context = await machineContext(io.machine);
  const rows = await withLibvirt(io, options, async (link) => listGuests(context, await link.get()));
  if (options.json === true) {
    answerItems(io, 'guests', rows.map(guestItem));
    noteProblems(
      io,
      rows.flatMap(({ warnings }) => warnings),
    );
    return 0;
  }
  if (rows.length === 0) {
    io.err('libvirt has no guests there\n');
    return 0;
  }
  io.out(formatTable(io.terminal, COLUMNS, rows.flatMap(linesOf)));
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

export async function swap(io: Io, ...[guest, old, next, flags]: readonly [string, string, string, Options<'swap'>]): Promise<number> {
  refuseForeignChange(flags);
  const names = parseFunctionNames([old, next]);
  const context = await machineContext(io.machine, flags);
  const [from, to] = (await resolveEach(context, names)) as [PciAddress, PciAddress];
  const mates = (await namedOrGroups(io, context, [to], flags)).filter((address) => ![from, to].some((named) => samePciAddress(named, address)));
  const options = guestOptions(io, flags);
  const report = await withLibvirt(io, { ...flags, signal: options.signal }, async (link) => {
    refuseIdsOfHere(names, flags, link);
    return swapInGuest(context, link, { word: guest, old: from, next: to, mates }, options);
  });
  return reportGuest(io, flags, report);
}

const ADD = { least: 1, most: Number.MAX_SAFE_INTEGER, hint: 'two are enough for most' };

export async function ports(io: Io, guest: string, flags: Options<'ports'>): Promise<number> {
  const add = flags.add === undefined ? 0 : parseCount('--add', flags.add, ADD);
  if (add > 0) refuseForeignChange(flags);
  const context = await machineContext(io.machine, flags);
  const dryRun = flags.dryRun === true;
  const options = { add, dryRun, stateDirectory: journalOf(io.machine, flags), signal: dryRun || add === 0 ? undefined : io.catchSignals() };
  const report = await withLibvirt(io, flags, (link) => guestPorts(context, link, guest, options));
  if (flags.json === true) {
    answerItems(io, 'ports', [portsItem(report)]);
    return 0;
  }
  if (add > 0 && !report.applied) {
    for (const element of report.elements) io.document(`${element}\n`);
    for (const step of report.steps) io.err(`${formatStep(step)}\n`);
  } else {
    const count = (free: number | null, none: string): string => (free === null ? none : `${free} free`);
    const line = ({ live, config }: { readonly live: number | null; readonly config: number | null }): string =>
      `${count(live, 'does not run')} now, ${count(config, 'no definition')} after its next start\n`;
    if (report.applied) io.out(`${oneLine(report.guest)}: ${add} root ${add === 1 ? 'port' : 'ports'} added to its definition, there after its next start\n`);
    io.out(`${oneLine(report.guest)} (${report.state}): ${line(report)}`);
    if (report.conventional !== null) io.out(`  for conventional PCI functions, which root ports cannot hold: ${line(report.conventional)}`);
  }
  return 0;
}

export async function migrateCheck(io: Io, guest: string, flags: Options<'migrate-check'>): Promise<number> {
  const context = await machineContext(io.machine);
  const report = await withLibvirt(io, flags, (link) => checkMigration(context, link, guest));
  if (flags.json === true) {
    answerItems(io, 'migrate-check', [migrationItem(report)]);
    noteProblems(io, report.findings.filter(({ effect }) => effect === 'blocks').map(blocking));
  } else if (report.findings.length === 0) io.out(`${oneLine(report.guest)} has no functions of the host; they do not keep it from being migrated\n`);
  else {
    for (const { device, effect, reason, remedy } of report.findings) {
      io.out(`${oneLine(`${device}  ${effect}: ${reason}`)}\n`);
      if (remedy !== null) io.out(`  ${oneLine(remedy)}\n`);
    }
  }
  return report.blocked ? 1 : 0;
}

function blocking({ device, reason, remedy }: MigrationReport['findings'][number]): Problem {
  return { code: 'migration-blocked', severity: 'error', subject: device, message: `${device}: ${reason}`, ...(remedy === null ? {} : { hint: remedy }) };
}
