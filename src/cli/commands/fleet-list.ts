import { parseFleetFilter, parseHostNames } from '../../fleet/fleet-filter.ts';
import { everyHost, type HostOfFleet } from '../../fleet/fleet-hosts.ts';
import { functionItems, hostItem } from '../../fleet/fleet-items.ts';
import { claimerWords, signOfLife } from '../../fleet/model/told.ts';
import { classWord } from '../../state/class-words.ts';
import { drawColumns } from '../columns.ts';
import type { Options } from '../command/table.ts';
import { withFleet } from '../fleet.ts';
import { type Io, printJson, printProblem } from '../io.ts';
import { cellText } from '../table.ts';

type Flags = Options<'fleet list'>;

/** Printed together, so that columns stand below each other; no more is in memory. */
const PAGE = 500;

const HOST_TITLES = ['HOST', 'AGENT', 'FREE', 'HELD', 'CLAIMED', 'FUNCTIONS', 'LIBVIRT', 'NOTE'] as const;
const FUNCTION_TITLES = ['HOST', 'ADDRESS', 'GROUP', 'CLASS', 'ID', 'NUMA', 'VERDICT', 'CLAIM', 'KEY'] as const;

export async function list(io: Io, flags: Flags): Promise<number> {
  const filter = parseFleetFilter(flags, (name) => `--${name}`);
  const names = parseHostNames('--on', flags.on);
  const ofFunctions = flags.functions === true || filter.free || Object.values(filter).some(Array.isArray);
  const signal = AbortSignal.any([io.catchSignals(), await io.readerGone()]);
  let status = 0;
  const onProblem = (problem: Parameters<typeof printProblem>[1]): void => {
    status = 1;
    printProblem(io, problem);
  };
  await withFleet(io, async ({ store }) => {
    const print = printer(io, ofFunctions ? FUNCTION_TITLES : HOST_TITLES, flags.json === true);
    for await (const each of everyHost(store, { names, signal }, onProblem)) {
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
  return [host, signOfLife(alive), String(free), String(held), String(claimed), String(functions), libvirt, problems[0] ?? ''];
}

function functionCells(item: ReturnType<typeof functionItems>[number]): (string | null)[] {
  const { host, hostAddress, iommuGroup, class: code, vendor, device, numaNode, verdict, claim, key } = item;
  const who = claim === null ? null : claimerWords(claim);
  const id = `${vendor.slice(2)}:${device.slice(2)}`;
  return [host, hostAddress, iommuGroup?.toString() ?? null, classWord(Number(code)), id, numaNode?.toString() ?? null, verdict, who, key];
}
