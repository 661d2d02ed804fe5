import { checkFunctions, type VerdictReport } from '../../app/check.ts';
import { checkReadiness, type Readiness } from '../../app/readiness/readiness.ts';
import { type Io, oneLine, printJson } from '../io.ts';
import { type MachineFlags, machineContext } from '../machine.ts';
import { parseAddresses } from '../options.ts';

export async function check(io: Io, words: readonly string[], flags: MachineFlags & { json?: boolean }): Promise<number> {
  const context = await machineContext(io.machine, flags);
  if (words.length === 0) return readiness(io, await checkReadiness(context), flags.json === true);
  const reports = await checkFunctions(context, parseAddresses(words));
  if (flags.json === true) printJson(io, reports);
  else for (const report of reports) io.out(formatReport(report, io.colors));
  return reports.every((report) => report.verdict === 'free') ? 0 : 1;
}

function formatReport({ address, verdict, evidence }: VerdictReport, colors: Io['colors']): string {
  const paint = verdict === 'free' ? colors.green : verdict === 'unknown' ? colors.yellow : colors.red;
  return `${address}  ${paint(verdict)}\n${evidence.map((line) => `  ${oneLine(line)}\n`).join('')}`;
}

function readiness(io: Io, all: readonly Readiness[], json: boolean): number {
  if (json) printJson(io, all);
  else {
    const width = Math.max(...all.map(({ what }) => what.length));
    for (const { what, state, found, hint } of all) {
      const mark = state === 'ok' ? io.colors.green('ok     ') : state === 'missing' ? io.colors.red('missing') : io.colors.yellow('unknown');
      io.out(`${mark}  ${what.padEnd(width)}  ${found}\n`);
      if (hint !== null) io.out(`  hint: ${hint}\n`);
    }
  }
  return all.some(({ state }) => state === 'missing') ? 1 : 0;
}
