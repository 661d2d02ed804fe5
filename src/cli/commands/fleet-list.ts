import { HostdevError } from '../../errors.ts';
import { everyHost, type HostOfFleet, requireHosts } from '../../fleet/fleet-hosts.ts';
import { type FleetFilter, functionItems, hostItem } from '../../fleet/fleet-items.ts';
import { ensureFleetName } from '../../fleet/model/keys.ts';
import { CLASS_WORDS, classWord, type ClassWord, parseClassWord } from '../../state/class-words.ts';
import { drawColumns } from '../columns.ts';
import type { Options } from '../command/table.ts';
import { withFleet } from '../fleet.ts';
import { type Io, printJson, printProblem } from '../io.ts';
import { parseCount } from '../numbers.ts';
import { cellText } from '../table.ts';

type Flags = Options<'fleet list'>;

/** Printed together, so that columns stand below each other; no more is in memory. */
const PAGE = 500;

const HOST_TITLES = ['HOST', 'AGENT', 'FREE', 'HELD', 'CLAIMED', 'FUNCTIONS', 'LIBVIRT', 'NOTE'] as const;
const FUNCTION_TITLES = ['HOST', 'ADDRESS', 'GROUP', 'CLASS', 'ID', 'NUMA', 'VERDICT', 'CLAIM', 'KEY'] as const;

export async function list(io: Io, flags: Flags): Promise<number> {
  const filter = filterOf(flags);
  const hosts = words('--on', flags.on)?.map(ensureFleetName);
  const ofFunctions = flags.functions === true || filter.free || Object.values(filter).some(Array.isArray);
  const signal = AbortSignal.any([io.catchSignals(), await io.readerGone()]);
  let status = 0;
  const onProblem = (problem: Parameters<typeof printProblem>[1]): void => {
    status = 1;
    printProblem(io, problem);
  };
  await withFleet(io, async ({ store }) => {
    if (hosts !== undefined) await requireHosts(store, hosts, signal);
    const print = printer(io, ofFunctions ? FUNCTION_TITLES : HOST_TITLES, flags.json === true);
    for await (const each of everyHost(store, onProblem, signal)) {
      if (hosts !== undefined && !hosts.includes(each.host.record.host)) continue;
      if (ofFunctions) for (const item of functionItems(each, filter)) print.row(item, functionCells(item));
      else print.row(hostItem(each), hostCells(each));
    }
    print.end();
  });
  return status;
}

interface Printer {
  readonly row: (item: object, cells: readonly (string | null)[]) => void;
  readonly end: () => void;
}

function printer(io: Io, titles: readonly string[], json: boolean): Printer {
  let rows: string[][] = [[...titles]];
  const flush = (): void => {
    if (rows.length > 0) io.out(drawColumns(rows));
    rows = [];
  };
  return {
    row: (item, cells) => {
      if (json) return printJson(io, item, 0);
      rows.push(cells.map((cell) => cellText(io.terminal, cell ?? '-')));
      if (rows.length >= PAGE) flush();
    },
    end: () => {
      if (!json) flush();
    },
  };
}

function hostCells(each: HostOfFleet): (string | null)[] {
  const { host, alive, free, held, claimed, functions, libvirt, problems } = hostItem(each);
  return [host, alive ? 'alive' : 'silent', String(free), String(held), String(claimed), String(functions), libvirt, problems[0] ?? ''];
}

function functionCells(item: ReturnType<typeof functionItems>[number]): (string | null)[] {
  const { host, hostAddress, iommuGroup, class: code, vendor, device, numaNode, verdict, claim, key } = item;
  const who = claim === null ? null : `${claim.guest} (${claim.state})`;
  const id = `${vendor.slice(2)}:${device.slice(2)}`;
  return [host, hostAddress, iommuGroup?.toString() ?? null, classWord(Number(code)), id, numaNode?.toString() ?? null, verdict, who, key];
}

/** @throws {HostdevError} `usage`, `number-malformed`. */
function filterOf(flags: Flags): FleetFilter {
  return {
    classes: words('--class', flags.class)?.map(classNamed),
    vendors: words('--vendor', flags.vendor)?.map((word) => idOf('--vendor', word)),
    devices: words('--device', flags.device)?.map((word) => idOf('--device', word)),
    numaNodes: words('--numa', flags.numa)?.map((word) => parseCount('--numa', word, { least: 0, most: 65_535, hint: 'a number, as lscpu has it' })),
    free: flags.free === true,
  };
}

function words(option: string, text: string | undefined): string[] | undefined {
  const all = text?.split(',').map((part) => part.trim());
  if (all?.includes('') === true) throw new HostdevError('usage', `${option} names nothing`, { hint: 'values stand between commas' });
  return all;
}

function classNamed(text: string): ClassWord {
  const word = parseClassWord(text);
  if (word !== undefined) return word;
  throw new HostdevError('usage', `--class knows no '${text.slice(0, 40)}'`, { hint: `there are ${CLASS_WORDS.map((row) => row.word).join(', ')}` });
}

/** As records have it: `0x10de`. */
function idOf(option: string, text: string): string {
  const [, digits] = /^(?:0x)?([0-9a-f]{4})$/i.exec(text) ?? [];
  if (digits !== undefined) return `0x${digits.toLowerCase()}`;
  throw new HostdevError('number-malformed', `${option} '${text.slice(0, 40)}' is no id`, { hint: 'an id is four hexadecimal digits: 10de' });
}
