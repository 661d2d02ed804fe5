import type { AppContext } from '../../app/context.ts';
import { readHistory } from '../../app/history.ts';
import { recoverChanges, type Salvage, salvageChanges } from '../../app/recover-changes.ts';
import { recoveryProblems } from '../../app/recovery-problems.ts';
import type { Problem } from '../../errors.ts';
import { nameOfSubject } from '../../plan/change.ts';
import { stateWords } from '../../plan/state-words.ts';
import { readStatus, type Status } from '../../app/status.ts';
import type { WaitOptions } from '../../app/wait.ts';
import { changeOptions } from '../change.ts';
import type { Options } from '../command/table.ts';
import { answerItems, noteProblems } from '../answer.ts';
import { type Io, printProblem } from '../io.ts';
import { inForce, past, recovered, salvaged as salvagedItem } from '../../json/items/journal.ts';
import { oneLine } from '../../printable.ts';
import { machineContext } from '../machine.ts';
import { formatTable, type TableColumn, withoutMilliseconds } from '../table.ts';

const IN_FORCE_COLUMNS: readonly TableColumn[] = [
  { title: 'SUBJECT', least: 12, wraps: true },
  { title: 'VERB' },
  { title: 'STATE' },
  { title: 'SINCE', short: withoutMilliseconds, leavesAt: 3 },
  { title: 'BY', least: 8, leavesAt: 1 },
  { title: 'BEFORE', least: 8, leavesAt: 2 },
  { title: 'NOW', least: 8, leavesAt: 4 },
];

export async function status(io: Io, flags: Options<'status'>): Promise<number> {
  const { changes, problems } = await readStatus(await machineContext(io.machine), io.machine.stateDirectory);
  for (const problem of problems) printProblem(io, problem);
  if (flags.json === true) {
    answerItems(io, 'status', changes.map(inForce));
    noteProblems(io, changes.filter(({ state }) => state === 'interrupted').map(interruptedProblem));
  } else if (changes.length === 0) io.out('nothing that hostdev changed is in force\n');
  else {
    const rows = changes.map((each) => [each.subject, each.verb, each.state, each.since, each.by, each.before, each.now]);
    io.out(formatTable(io.terminal, IN_FORCE_COLUMNS, rows));
  }
  return problems.length > 0 || changes.some(({ state }) => state === 'interrupted') ? 1 : 0;
}

const HISTORY_COLUMNS: readonly TableColumn[] = [
  { title: 'TIME', short: withoutMilliseconds },
  { title: 'VERB', leavesAt: 4 },
  { title: 'SUBJECT', least: 12, wraps: true },
  { title: 'BY', least: 8, leavesAt: 1 },
  { title: 'FROM', least: 8, leavesAt: 2 },
  { title: 'TO', least: 8, leavesAt: 3 },
  { title: 'OUTCOME' },
  { title: 'WHY', least: 10, wraps: true, leavesAt: 5 },
];

export async function history(io: Io, flags: Options<'history'>): Promise<number> {
  const { entries, problems } = await readHistory(io.machine.stateDirectory);
  for (const problem of problems) printProblem(io, problem);
  if (flags.json === true) answerItems(io, 'history', entries.map(past));
  else if (entries.length === 0) io.out('hostdev has changed nothing on this host yet\n');
  else {
    const rows = entries.map((e) => [e.time, e.verb, e.subject, e.by, e.from, e.to ?? '-', e.outcome, e.reason ?? '']);
    io.out(formatTable(io.terminal, HISTORY_COLUMNS, rows));
  }
  return problems.length > 0 ? 1 : 0;
}

function interruptedProblem(change: Status['changes'][number]): Problem {
  const subject = nameOfSubject(change);
  return { code: 'recovery-needed', severity: 'error', subject, message: `${change.verb} ${subject} was interrupted`, hint: "run 'hostdev recover'" };
}

const OUTCOMES = { new: 'it had been done', old: 'it was undone', gone: 'nothing is left of it', overtaken: 'it stays', stuck: 'STUCK' } as const;

export async function recover(io: Io, flags: Options<'recover'>): Promise<number> {
  const context = await machineContext(io.machine);
  const options = changeOptions(io, flags);
  const salvaged = flags.salvage === true ? await salvage(io, context, options) : undefined;
  const done = await recoverChanges(context, io.machine.stateDirectory, options);
  if (flags.json === true) {
    answerItems(io, 'recover', [...(salvaged === undefined ? [] : [salvagedItem(salvaged)]), ...done.map(recovered)]);
    noteProblems(io, recoveryProblems(done));
  } else if (done.length === 0) io.out('nothing to recover\n');
  else
    for (const { verb, subject, outcome, now, reason } of done)
      io.out(`${verb} ${subject}: ${OUTCOMES[outcome]}; it has ${stateWords(verb, now)}${reason === undefined ? '' : ` (${reason})`}\n`);
  return done.some(({ outcome }) => outcome === 'stuck') ? 1 : 0;
}

/** On stderr: what is recovered afterwards is the result. */
async function salvage(io: Io, context: AppContext, options: WaitOptions): Promise<Salvage | undefined> {
  const salvaged = await salvageChanges(context, io.machine.stateDirectory, options);
  if (salvaged === undefined) {
    io.err('the journal is not damaged\n');
    return undefined;
  }
  const { copy, kept, damaged } = salvaged;
  io.err(
    `${kept} ${kept === 1 ? 'record' : 'records'} kept; ${damaged} damaged ${damaged === 1 ? 'line is' : 'lines are'} only in the copy ${oneLine(copy)} now\n`,
  );
  io.err("a change that was interrupted may be missing: compare 'hostdev list' and 'hostdev persistent' with what should be\n");
  return salvaged;
}
