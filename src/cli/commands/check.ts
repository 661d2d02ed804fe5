import type { CheckReport } from '../../app/check.ts';
import { checkNames } from '../../app/check-names.ts';
import { checkReadiness } from '../../app/readiness.ts';
import type { Readiness } from '../../state/readiness/readiness.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import type { Options } from '../command/table.ts';
import { answerItems, noteProblems } from '../answer.ts';
import { type Io, printProblem } from '../io.ts';
import { judged, ready } from '../../json/items/functions.ts';
import { oneLine } from '../../printable.ts';
import { journalOf, machineContext } from '../machine.ts';
import { functionNames } from '../function-names.ts';

export async function check(io: Io, words: readonly string[], flags: Options<'check'>): Promise<number> {
  if (words.length === 0 && flags.group === true) {
    throw new HostdevError('option-conflict', '--group takes the rest of a group along, but no function is named', {
      hint: "name one ('hostdev check --group 02:00.0'), or leave --group out to see whether this host is ready",
    });
  }
  const names = await functionNames(io.machine, flags, words);
  const context = await machineContext(io.machine, flags);
  if (words.length === 0) return readiness(io, await checkReadiness(context), flags.json === true);
  const answers = await checkNames(context, names, { group: flags.group, stateDirectory: journalOf(io.machine, flags) });
  const reports = answers.filter((answer) => 'words' in answer);
  if (flags.json === true) answerItems(io, 'check', reports.map(judged));
  for (const answer of answers) {
    if ('words' in answer) {
      if (flags.json === true) noteProblems(io, answer.problems);
      else io.out(formatReport(answer, io.colors));
    } else for (const problem of answer.problems) printProblem(io, problem);
  }
  return answers.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

function formatReport({ address, verdict, words, evidence, companions, notes, problems }: CheckReport, colors: Io['colors']): string {
  const paint =
    problems.length > 0 && verdict === 'free' ? colors.yellow : verdict === 'free' ? colors.green : verdict === 'unknown' ? colors.yellow : colors.red;
  const idle = companions.filter(({ mustGo }) => !mustGo).map((mate) => `${mate.address} (${mate.class}, ${mate.driver ?? 'no driver'})`);
  const lines = [...evidence, ...(idle.length === 0 ? [] : [`its IOMMU group also has ${idle.join(', ')}`])];
  const hints = problems.flatMap(({ hint }) => hint ?? []);
  return `${address}  ${paint(words)}\n${[...lines, ...hints.map((hint) => `hint: ${hint}`), ...notes.map((note) => `note: ${note}`)].map((line) => `  ${oneLine(line)}\n`).join('')}`;
}

function readiness(io: Io, all: readonly Readiness[], json: boolean): number {
  if (json) {
    answerItems(io, 'check', all.map(ready));
    noteProblems(io, all.filter(({ state }) => state === 'missing').map(notReady));
  } else {
    const width = Math.max(...all.map(({ what }) => what.length));
    for (const { what, state, found, hint } of all) {
      const mark = state === 'ok' ? io.colors.green('ok     ') : state === 'missing' ? io.colors.red('missing') : io.colors.yellow('unknown');
      io.out(`${mark}  ${what.padEnd(width)}  ${found}\n`);
      if (hint !== null) io.out(`  hint: ${hint}\n`);
    }
  }
  return all.some(({ state }) => state === 'missing') ? 1 : 0;
}

function notReady({ what, found, hint }: Readiness): Problem {
  return { code: 'host-not-ready', severity: 'error', subject: what, message: `${what}: ${found}`, ...(hint === null ? {} : { hint }) };
}
