import { fidOf, listSlots, switchSlot } from '../../app/slots.ts';
import { changeOptions, printChange } from '../change.ts';
import type { ChangeFlags } from '../command/options.ts';
import type { Options } from '../command/table.ts';
import { giveItems } from '../answer.ts';
import type { Io } from '../io.ts';
import { slot, slotChange } from '../json/host-changes.ts';
import { machineContext, refuseForeignChange } from '../machine.ts';
import { formatTable } from '../table.ts';
import { parseSlotName } from '../../domain/function-name.ts';
import type { SlotState } from '../../state/slot.ts';

export async function list(io: Io, flags: Options<'slot list'>): Promise<number> {
  const slots = await listSlots(await machineContext(io.machine, flags));
  if (flags.json === true) giveItems(io, 'slot list', slots.map(slot));
  else {
    const rows = slots.map(({ fid, state, address, uid, driver }) => [fid, state, address ?? '-', uid ?? '-', driver ?? '-']);
    io.out(formatTable(io.terminal, ['FID', 'STATE', 'ADDRESS', 'UID', 'DRIVER'], rows));
  }
  return 0;
}

export async function on(io: Io, fid: string, flags: Options<'slot on'>): Promise<number> {
  return change(io, fid, 'configured', flags);
}

export async function off(io: Io, fid: string, flags: Options<'slot off'>): Promise<number> {
  return change(io, fid, 'standby', flags);
}

async function change(io: Io, fid: string, wanted: SlotState, flags: ChangeFlags): Promise<number> {
  refuseForeignChange(flags);
  const named = parseSlotName(fid);
  const context = await machineContext(io.machine, flags);
  const done = await switchSlot(context, await fidOf(context, named), wanted, changeOptions(io, flags));
  const { before, after, changed } = done;
  const where = after.address === null ? '' : `; it is ${after.address}${after.driver === null ? '' : ` with ${after.driver}`}`;
  if (flags.json === true) giveItems(io, wanted === 'configured' ? 'slot on' : 'slot off', [slotChange(done)]);
  return printChange(io, flags, {
    steps: done.steps,
    todo: [],
    lines: [`${after.fid}: ${changed ? `${before.state} → ${after.state}` : `${after.state}, as it was before`}${where}`],
  });
}
