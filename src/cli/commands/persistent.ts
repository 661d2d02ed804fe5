import { removePersistent } from '../../app/persistent-remove.ts';
import { listPersistent } from '../../app/persistent-list.ts';
import { resolveFunctions } from '../../app/resolve.ts';
import type { Problem } from '../../errors.ts';
import type { PersistentEntry } from '../../state/persist/rule-drift.ts';
import { changeOptions, printChange } from '../change.ts';
import type { Options } from '../command/table.ts';
import { answerItems, noteProblems } from '../answer.ts';
import { type Io, printProblem } from '../io.ts';
import { kept as keptItems, ruleRemoved } from '../../json/items/host-changes.ts';
import { machineContext, refuseForeignChange } from '../machine.ts';
import { functionNames } from '../function-names.ts';
import { formatTable, type TableColumn } from '../table.ts';

const COLUMNS: readonly TableColumn[] = [
  { title: 'FUNCTION', least: 12, wraps: true },
  { title: 'KEPT', least: 8, leavesAt: 2 },
  { title: 'STATE', least: 8, wraps: true },
  { title: 'DRIFT', least: 10, wraps: true },
  { title: 'WHERE', leavesAt: 1 },
];

export async function list(io: Io, flags: Options<'persistent'>): Promise<number> {
  const found = await listPersistent(await machineContext(io.machine, flags));
  const { rules, others, unread } = found;
  if (flags.json === true) {
    answerItems(io, 'persistent', keptItems(found));
    const ours = rules.filter(({ state }) => state !== 'in force').map((rule) => driftProblem(rule.address, rule.state, rule.drift));
    const foreign = others.filter(({ drift }) => drift.length > 0).map((rule) => driftProblem(rule.what, `by ${rule.by}`, rule.drift));
    noteProblems(io, [...ours, ...foreign]);
  } else {
    const ours = rules.map((rule) => [rule.address, kept(rule), rule.state, rule.drift.join('; '), rule.file]);
    const foreign = others.map((rule) => [rule.what, rule.driver, `by ${rule.by}`, rule.drift.join('; '), rule.file]);
    const rows = [...ours, ...foreign];
    if (rows.length > 0) io.out(formatTable(io.terminal, COLUMNS, rows));
    else if (unread.length === 0) io.out('no function is kept across boots\n');
  }
  for (const { path, reason } of unread) {
    printProblem(io, {
      code: 'file-unreadable',
      severity: 'error',
      subject: path,
      message: `${path} cannot be read (${reason}), so what it keeps is not known`,
    });
  }
  return unread.length === 0 && rules.every(({ state }) => state === 'in force') && others.every(({ drift }) => drift.length === 0) ? 0 : 1;
}

function driftProblem(subject: string, state: string, drift: readonly string[]): Problem {
  return { code: 'rule-drift', severity: 'error', subject, message: `the rule for ${subject} (${state})${drift.length === 0 ? '' : `: ${drift.join('; ')}`}` };
}

function kept({ driver, vfs }: PersistentEntry): string {
  return [...(driver === null ? [] : [driver]), ...(vfs === null ? [] : [`${vfs.count} ${vfs.count === 1 ? 'VF' : 'VFs'}`])].join(', ');
}

export async function remove(io: Io, words: readonly string[], flags: Options<'persistent remove'>): Promise<number> {
  refuseForeignChange(flags);
  const names = await functionNames(io.machine, flags, words);
  const context = await machineContext(io.machine, flags);
  const removed = await removePersistent(context, await resolveFunctions(context, names), changeOptions(io, flags));
  if (flags.json === true) answerItems(io, 'persistent remove', removed.map(ruleRemoved));
  printChange(io, flags, {
    steps: removed.flatMap(({ steps }) => steps),
    todo: removed.flatMap(({ todo }) => todo),
    lines: removed.map(({ address, changed }) =>
      changed
        ? `${address} is not taken at the next boots any more; it keeps the driver it has until then`
        : `there is no rule for ${address}, so nothing is removed`,
    ),
  });
  return 0;
}
