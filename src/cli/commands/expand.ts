import { versionWords } from '../../addressing/libvirt/version-words.ts';
import { explainedRows } from '../../addressing/explain.ts';
import type { Placement } from '../../addressing/report.ts';
import { type ExpandedFile, expandFile } from '../../app/expand.ts';
import { exitStatus, HostdevError } from '../../errors.ts';
import type { Options } from '../command/table.ts';
import { withDefinitions } from '../definition-source.ts';
import { listLibvirts, noteVersions } from '../libvirt-versions.ts';
import { expandBetween } from './expand-between.ts';
import { machineContext } from '../machine.ts';
import { printDiff } from '../diff.ts';
import { answerItems } from '../answer.ts';
import { type Io, printProblem } from '../io.ts';
import { expanded } from '../../json/items/definitions.ts';
import { formatTable, type TableColumn } from '../table.ts';
import { wordTable } from '../../word-table.ts';

export async function expand(io: Io, names: readonly string[], flags: Options<'expand'>): Promise<number> {
  if (flags.libvirt === 'list') return listLibvirts(io, 'expand', flags);
  refuseFlags(names, flags);
  if (flags.between !== undefined) return expandBetween(io, names, flags.between, flags);
  const context = await machineContext(io.machine, { root: flags.root });
  const inPlace = flags.inPlace === true;
  if (inPlace) io.catchSignals();
  const results: ExpandedFile[] = [];
  await withDefinitions(io, flags, async (source) => {
    for (const name of names) {
      // What is wrong with one file keeps nobody from the others.
      const { outcome, before } = await expandFile(context, name, { ...source, inPlace });
      if (outcome.ok && flags.json !== true) deliver(io, { ...outcome, before }, flags, names.length > 1);
      for (const problem of outcome.problems) printProblem(io, problem);
      results.push(outcome);
    }
  });
  if (flags.explain !== true && flags.json !== true) noteVersions(io, ...results.map(({ versions }) => versions));
  if (flags.json === true) answerItems(io, 'expand', results.map(expanded));
  // A name that is none of a file is a fault of the command line.
  return Math.max(0, ...results.flatMap(({ ok, problems }) => (ok ? [] : [1, ...problems.map(({ code }) => exitStatus(code))])));
}

function refuseFlags(names: readonly string[], flags: Options<'expand'>): void {
  if (flags.inPlace === true && names.includes('-')) {
    throw new HostdevError('usage', 'standard input cannot be changed in place', { hint: 'leave --in-place out to get the definition on standard output' });
  }
  const given = (['explain', 'inPlace', 'diff', 'json'] as const).filter((name) => flags[name] === true && name !== 'json');
  if (given.length > 1 && !(given.length === 2 && given.includes('inPlace') && given.includes('diff'))) {
    throw new HostdevError('option-conflict', `${given.map((name) => (name === 'inPlace' ? '--in-place' : `--${name}`)).join(' and ')} exclude each other`, {
      hint: 'run the command once for each',
    });
  }
}

type Expanded = Extract<ExpandedFile, { ok: true }> & { readonly before: string };

function deliver(io: Io, { file, before, xml, placements, versions }: Expanded, flags: Options<'expand'>, several: boolean): void {
  if (flags.explain === true) {
    if (several) io.out(`${io.colors.bold(file)}\n`);
    io.out(explain(io, placements));
    io.out(`for ${versionWords(versions)}\n`);
    return;
  }
  if (flags.diff === true) printDiff(io, file, before, xml);
  if (flags.inPlace === true) io.err(`${file}: ${xml === before ? 'nothing to add' : 'expanded'}\n`);
  else if (flags.diff !== true) io.document(xml);
}

/** What becomes of columns where there is no room. */
const FITTING = wordTable<Partial<TableColumn>>({ DEVICE: { least: 16 }, WHY: { least: 16, wraps: true } });

function explain(io: Io, placements: readonly Placement[]): string {
  const { header, rows } = explainedRows(placements);
  const columns = header.map((title): TableColumn => ({ title, ...FITTING[title] }));
  return formatTable(io.terminal, columns, rows);
}
