import { type ListedFunction, listFunctions } from '../../app/list.ts';
import { parseFunctionNames } from '../../domain/function-name.ts';
import { giveItems } from '../answer.ts';
import type { Io } from '../io.ts';
import { listed } from '../json/functions.ts';
import type { Options } from '../command/table.ts';
import { machineContext } from '../machine.ts';
import { formatTable } from '../table.ts';

interface Column {
  readonly title: string;
  readonly of: (row: ListedFunction) => string | null;
  /** Left out when no function has a value: only IBM Z has fids. */
  readonly optional?: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'ADDRESS', of: (row) => row.address },
  { title: 'FID', of: (row) => row.fid, optional: true },
  { title: 'UID', of: (row) => row.uid, optional: true },
  { title: 'PCHID', of: (row) => row.pchid, optional: true },
  { title: 'PORT', of: (row) => row.port?.toString() ?? null, optional: true },
  { title: 'GROUP', of: (row) => row.iommuGroup?.toString() ?? null },
  { title: 'DRIVER', of: (row) => row.driver },
  { title: 'VERDICT', of: verdictOf },
  { title: 'CLASS', of: (row) => row.className ?? row.class },
  { title: 'DEVICE', of: (row) => [row.vendorName ?? row.vendor, row.deviceName ?? row.device].join(' ') },
];

/** A function whose group mates are with host drivers goes only together with those. */
function verdictOf({ verdict, companions }: ListedFunction): string {
  const others = companions.filter(({ mustGo }) => mustGo).length;
  return verdict === 'free' && others > 0 ? `free with ${others} ${others === 1 ? 'other' : 'others'}` : verdict;
}

export async function list(io: Io, words: readonly string[], options: Options<'list'>): Promise<number> {
  const names = parseFunctionNames(words);
  const context = await machineContext(io.machine, options);
  const rows = await listFunctions(context, names);
  if (options.json === true) giveItems(io, 'list', rows.map(listed));
  else if (rows.length === 0) io.err('hostdev: this machine has no PCI functions\n');
  else {
    const columns = COLUMNS.filter((column) => column.optional !== true || rows.some((row) => column.of(row) !== null));
    io.out(
      formatTable(
        columns.map((c) => c.title),
        rows.map((row) => columns.map((c) => c.of(row) ?? '-')),
      ),
    );
  }
  return 0;
}
