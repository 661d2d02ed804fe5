import { listNamed } from '../../app/list.ts';
import { exitStatus, HostdevError, type Problem } from '../../errors.ts';
import { answerItems, noteProblems } from '../answer.ts';
import { type Io, printProblem } from '../io.ts';
import type { Options } from '../command/table.ts';
import { journalOf, machineContext } from '../machine.ts';
import { columnsNamed, sortRows, usualColumns } from './list-columns.ts';
import { byGroup, linesOf, listTable } from './list-table.ts';
import { TREE_COLUMNS, treeLines } from './list-tree.ts';

export async function list(io: Io, words: readonly string[], options: Options<'list'>): Promise<number> {
  refuseConflicts(options);
  // Most ask for the table of all, so that what reads names and filters, and what makes JSON, is loaded by those who want it.
  const names = words.length === 0 ? [] : await (await import('../function-names.ts')).functionNames(io.machine, options, words);
  const isFiltered = FILTERS.some((name) => options[name] !== undefined);
  const filter = isFiltered ? (await import('./list-filters.ts')).listFilter(options) : {};
  const chosen = options.columns === undefined ? undefined : columnsNamed('--columns', options.columns);
  const order = options.sort === undefined ? undefined : columnsNamed('--sort', options.sort);
  const context = await machineContext(io.machine, options);
  const { rows: found, problems, unmatched } = await listNamed(context, names, { filter, stateDirectory: journalOf(io.machine, options) });
  const rows = order === undefined ? found : sortRows(found, order);
  for (const warning of unmatched) printProblem(io, warning);
  const where = context.hostName ?? 'this machine';
  if (rows.length === 0 && unmatched.length === 0 && isFiltered) io.progress(`hostdev: no function of ${where} has all that is asked for`);
  else if (rows.length === 0 && problems.length + unmatched.length === 0 && options.json !== true) io.err(`hostdev: ${where} has no PCI functions\n`);
  if (options.json === true) answerItems(io, 'list', rows.map((await import('../../json/items/functions.ts')).listed));
  else if (rows.length > 0) {
    const shape = { width: options.wide === true ? undefined : io.terminal.width, isChosen: chosen !== undefined };
    const ordered = order === undefined ? byGroup(rows) : rows;
    io.out(
      options.tree === true
        ? listTable(io, treeLines(rows, io.terminal), TREE_COLUMNS, shape)
        : listTable(io, linesOf(ordered, io.terminal), chosen ?? usualColumns(rows), shape),
    );
  }
  // Whoever reads the table sees that a row is missing, and asked for that.
  noteProblems(io, problems.filter(isFilteredOut));
  for (const problem of problems) if (!isFilteredOut(problem)) printProblem(io, problem);
  return Math.max(0, ...problems.map(({ code, severity }) => (severity === 'error' ? exitStatus(code) : 0)));
}

/** The options that say which functions are meant. */
const FILTERS = ['free', 'class', 'driver', 'group', 'vendor', 'fid', 'uid', 'pchid'] as const satisfies readonly (keyof Options<'list'>)[];

function isFilteredOut({ code }: Problem): boolean {
  return code === 'function-filtered';
}

/** A tree has an order and columns of its own, and JSON has groups and bridges in every row. */
function refuseConflicts({ tree, json, sort, columns }: Options<'list'>): void {
  const other = json === true ? '--json' : sort !== undefined ? '--sort' : columns !== undefined ? '--columns' : undefined;
  if (tree !== true || other === undefined) return;
  throw new HostdevError('option-conflict', `--tree and ${other} exclude each other`, {
    hint: other === '--json' ? 'every row of the JSON has iommuGroup and behind' : 'leave one of them out',
  });
}
