import { listSlots, switchSlot } from '../../app/slots.ts';
import { HostdevError } from '../../errors.ts';
import { parseNumber } from '../../pci/number.ts';
import { checkFid } from '../../pci/zpci.ts';
import { type ChangeFlags, changeOptions, printChange } from '../change.ts';
import { type Io, printJson } from '../io.ts';
import { type MachineFlags, machineContext, refuseForeignChange } from '../machine.ts';
import { formatTable } from '../table.ts';

export async function list(io: Io, flags: MachineFlags & { json?: boolean }): Promise<number> {
  const slots = await listSlots(await machineContext(io.machine, flags));
  if (flags.json === true) printJson(io, slots);
  else {
    const rows = slots.map(({ fid, state, address, uid, driver }) => [fid, state, address ?? '-', uid ?? '-', driver ?? '-']);
    io.out(formatTable(['FID', 'STATE', 'ADDRESS', 'UID', 'DRIVER'], rows));
  }
  return 0;
}

export async function on(io: Io, fid: string, flags: ChangeFlags): Promise<number> {
  return change(io, fid, true, flags);
}

export async function off(io: Io, fid: string, flags: ChangeFlags): Promise<number> {
  return change(io, fid, false, flags);
}

async function change(io: Io, fid: string, wanted: boolean, flags: ChangeFlags): Promise<number> {
  refuseForeignChange(flags);
  const done = await switchSlot(await machineContext(io.machine, flags), parseFid(fid), wanted, changeOptions(io, flags));
  const { before, after } = done;
  const where = after.address === null ? '' : `; it is ${after.address}${after.driver === null ? '' : ` with ${after.driver}`}`;
  return printChange(io, flags, { json: done, steps: done.steps, todo: [], lines: [`${after.fid}: ${before.state} → ${after.state}${where}`] });
}

/** The directory's own form, eight hexadecimal digits, is what people copy from /sys; all else needs 0x or is decimal. */
function parseFid(text: string): number {
  const value = /^[0-9a-f]{8}$/i.test(text) ? Number.parseInt(text, 16) : parseNumber(text);
  if (value === undefined) {
    throw new HostdevError('number-malformed', `'${text}' is not a function id`, {
      subject: text,
      hint: "write 0x17 or 00000017; 'hostdev slot list' shows them",
    });
  }
  return checkFid(value, text);
}
