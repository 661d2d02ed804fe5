/** `hostdev export`: the wish of what is there. */
import { exportWish } from '../../app/wish/export-wish.ts';
import { formatWish } from '../../wish/format-wish.ts';
import { answerItems } from '../answer.ts';
import type { Options } from '../command/table.ts';
import { type Io, printProblem } from '../io.ts';
import { machineContext } from '../machine.ts';
import { withLink } from '../wish-link.ts';

export async function exportFile(io: Io, flags: Options<'export'>): Promise<number> {
  const isCopy = flags.root !== undefined || flags.host !== undefined;
  const context = await machineContext(io.machine, flags);
  const { wish, comments, notes } = await withLink(io, flags, async (link) => exportWish(context, isCopy ? undefined : link));
  for (const note of notes) printProblem(io, note);
  if (flags.json === true) answerItems(io, 'export', [{ wish }]);
  else io.document(formatWish(wish, comments));
  return 0;
}
