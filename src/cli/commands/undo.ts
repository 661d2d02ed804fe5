/** `hostdev undo`: back to how the host was before hostdev changed it. */
import { undoChanges } from '../../app/undo.ts';
import { changeOptions, printTodo } from '../change.ts';
import type { Options } from '../command/table.ts';
import { answerItems, noteAftermath } from '../answer.ts';
import { type Io, printProblem } from '../io.ts';
import { undone } from '../../json/items/journal.ts';
import { machineContext } from '../machine.ts';
import { oneLine } from '../../printable.ts';

export async function undo(io: Io, flags: Options<'undo'>): Promise<number> {
  const agree = async (commands: readonly string[]): Promise<boolean> => {
    for (const command of commands) io.err(`hostdev ${oneLine(command)}\n`);
    return io.confirm('Take all of that back?');
  };
  const options = { ...changeOptions(io, flags), ...(flags.yes === true ? {} : { agree }) };
  const report = await undoChanges(await machineContext(io.machine), options);
  for (const problem of report.problems) printProblem(io, problem);
  for (const aftermath of report.aftermaths) noteAftermath(io, { aftermath });
  if (flags.json === true) {
    answerItems(io, 'undo', report.undone.map(undone));
    io.answer.todo = report.todo;
  } else if (report.undone.length + report.problems.length === 0) io.out('nothing that hostdev changed is in force\n');
  else {
    for (const { by } of report.undone) io.out(`hostdev ${oneLine(by)}\n`);
    printTodo(io, report.todo);
  }
  return report.problems.length > 0 ? 1 : 0;
}
