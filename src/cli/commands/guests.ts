import { type GuestRow, listGuests } from '../../app/guests/list.ts';
import { type ConnectFlags, withLibvirt } from '../libvirt.ts';
import { type Io, printJson, printProblem } from '../io.ts';
import { machineContext } from '../machine.ts';
import { formatTable } from '../table.ts';

export async function guests(io: Io, options: ConnectFlags & { readonly json?: boolean }): Promise<number> {
  const context = await machineContext();
  const rows = await withLibvirt(options, undefined, async (link) => listGuests(context, await link.get()));
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
