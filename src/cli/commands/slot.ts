import type { SlotVerb } from '../../app/slot-plan.ts';
import { changeSlots, fidsOf, listSlots, type SlotChange } from '../../app/slots.ts';
import { parseSlotName } from '../../domain/function-name.ts';
import type { ListedSlot } from '../../state/listed-slot.ts';
import { answerItems } from '../answer.ts';
import { drawColumns } from '../columns.ts';
import { changeOptions, printChange } from '../change.ts';
import type { ChangeFlags } from '../command/options.ts';
import type { Options } from '../command/table.ts';
import { deviceWords } from '../device-words.ts';
import { fitTerminal, type FittingColumn } from '../fit-columns.ts';
import type { Io } from '../io.ts';
import { listedSlot, slotChange } from '../../json/items/host-changes.ts';
import { machineContext, refuseForeignChange } from '../machine.ts';
import { cellText } from '../table.ts';

interface Column extends Pick<FittingColumn, 'title' | 'least' | 'keepsEnd' | 'leavesAt'> {
  readonly of: (slot: ListedSlot) => string | null;
}

const COLUMNS: readonly Column[] = [
  { title: 'FID', of: (slot) => slot.fid },
  { title: 'STATE', of: ({ state, answers }) => (answers === false ? 'does not answer' : state) },
  { title: 'ADDRESS', of: (slot) => slot.address, leavesAt: 9 },
  { title: 'UID', of: (slot) => slot.uid, leavesAt: 8 },
  { title: 'PCHID', of: (slot) => slot.pchid, leavesAt: 7 },
  { title: 'PORT', of: (slot) => slot.port?.toString() ?? null, leavesAt: 1 },
  { title: 'TYPE', of: (slot) => slot.functionType, least: 6, leavesAt: 5 },
  { title: 'DRIVER', of: (slot) => slot.driver, least: 8, leavesAt: 6 },
  { title: 'DEVICE', of: deviceWords, least: 11, keepsEnd: true, leavesAt: 3 },
];

export async function list(io: Io, flags: Options<'slot list'>): Promise<number> {
  const slots = await listSlots(await machineContext(io.machine, flags));
  if (flags.json === true) answerItems(io, 'slot list', slots.map(listedSlot));
  else {
    const all = COLUMNS.map((column) => ({ ...column, cells: slots.map((slot) => cellText(io.terminal, column.of(slot) ?? '-')) }));
    const fitting = fitTerminal(all, io.terminal);
    io.out(drawColumns([fitting.map(({ title }) => title), ...slots.map((_, at) => fitting.map(({ cells }) => cells[at] ?? ''))]));
  }
  return 0;
}

export async function on(io: Io, fids: readonly string[], flags: Options<'slot on'>): Promise<number> {
  return change(io, 'slot on', fids, flags);
}

export async function off(io: Io, fids: readonly string[], flags: Options<'slot off'>): Promise<number> {
  return change(io, 'slot off', fids, flags);
}

export async function reset(io: Io, fids: readonly string[], flags: Options<'slot reset'>): Promise<number> {
  return change(io, 'slot reset', fids, flags);
}

export async function reconfigure(io: Io, fids: readonly string[], flags: Options<'slot reconfigure'>): Promise<number> {
  return change(io, 'slot reconfigure', fids, flags);
}

async function change(io: Io, verb: SlotVerb, fids: readonly string[], flags: ChangeFlags): Promise<number> {
  refuseForeignChange(flags);
  const names = fids.map(parseSlotName);
  const context = await machineContext(io.machine, flags);
  const done = await changeSlots(context, verb, await fidsOf(context, names), changeOptions(io, flags));
  if (flags.json === true) answerItems(io, verb, done.map(slotChange));
  printChange(io, flags, { steps: done.flatMap(({ steps }) => steps), todo: [], lines: done.map((each) => words(verb, each)) });
  return 0;
}

const DONE = { 'slot on': undefined, 'slot off': undefined, 'slot reset': 'reset', 'slot reconfigure': 'configured anew' } as const satisfies Record<
  SlotVerb,
  string | undefined
>;

function words(verb: SlotVerb, { before, after, changed }: SlotChange): string {
  const where = after.address === null ? '' : `; it is ${after.address}${after.driver === null ? '' : ` with ${after.driver}`}`;
  const what = DONE[verb] ?? `${before.state} → ${after.state}`;
  return `${after.fid}: ${changed ? what : `${after.state}, as it was before`}${where}`;
}
