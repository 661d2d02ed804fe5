/** `hostdev expand --between`: what another libvirt would do to a definition. */
import { versionWords } from '../../addressing/libvirt/version-words.ts';
import { compareLibvirts, type Comparison } from '../../addressing/between.ts';
import { formatVersion, parseVersion } from '../../addressing/libvirt/version.ts';
import { openDefinition } from '../../app/definition.ts';
import { HostdevError } from '../../errors.ts';
import type { Options } from '../command/table.ts';
import { withDefinitions } from '../definition-source.ts';
import { answerItems, noteProblems } from '../answer.ts';
import { type Io, printProblem } from '../io.ts';
import { compared } from '../../json/items/definitions.ts';
import { oneLine } from '../../printable.ts';
import { machineContext } from '../machine.ts';
import { formatTable } from '../table.ts';

export async function expandBetween(io: Io, names: readonly string[], between: string, flags: Options<'expand'>): Promise<number> {
  const [from, to] = parseBetween(between);
  if (flags.libvirt !== undefined || flags.connect !== undefined || flags.inPlace === true || flags.diff === true || flags.explain === true) {
    throw new HostdevError('option-conflict', '--between only compares: it goes with --json and what says where the guest is', {
      hint: 'leave --libvirt, --connect, --in-place, --diff and --explain out',
    });
  }
  const context = await machineContext(io.machine, { root: flags.root });
  const results: (Comparison & { readonly file: string })[] = [];
  for (const name of names) {
    // The versions are named: this machine's own do not matter.
    const { file, options } = await withDefinitions(io, { ...flags, libvirt: from }, (source) => openDefinition(context, name, source));
    const comparison = { file: file.name, ...compareLibvirts(file.text, from, to, options) };
    if (flags.json !== true) print(io, comparison);
    results.push(comparison);
  }
  if (flags.json === true) {
    answerItems(
      io,
      'expand',
      results.map(({ file, ...comparison }) => compared(file, comparison)),
    );
    for (const { before, after, leftOut } of results) noteProblems(io, [...before.problems, ...after.problems, ...leftOut.before, ...leftOut.after]);
  }
  return results.every(({ before, after }) => before.ok && after.ok) ? 0 : 1;
}

function parseBetween(between: string): [from: string, to: string] {
  const [from, to, more] = between.split(',').map((text) => text.trim());
  if (from === undefined || to === undefined || more !== undefined) {
    throw new HostdevError('usage', `--between takes two versions, not '${between}'`, { hint: 'write --between 9.0,12.8' });
  }
  for (const version of [from, to]) parseVersion(version);
  return [from, to];
}

function print(io: Io, { file, before, after, moves, changes, leftOut }: Comparison & { readonly file: string }): void {
  for (const side of [before, after]) {
    if (side.ok) continue;
    io.out(`${oneLine(file)}: refused by ${side.versions === undefined ? 'both' : versionWords(side.versions)}\n`);
    for (const problem of side.problems) printProblem(io, problem);
  }
  if (before.ok && after.ok) {
    const words = `${before.versions === undefined ? '?' : versionWords(before.versions)} → ${after.versions === undefined ? '?' : versionWords(after.versions)}`;
    const moved = moves.length === 0 ? 'nothing moves' : `${moves.length} ${moves.length === 1 ? 'place differs' : 'places differ'}`;
    const dropped = leftOut.before.length + leftOut.after.length;
    io.out(`${oneLine(file)}: ${words}: ${moved}${dropped === 0 ? '' : `, but one of them leaves out what the other knows (${dropped})`}\n`);
    if (moves.length > 0) {
      io.out(
        formatTable(
          io.terminal,
          [{ title: 'DEVICE', least: 16 }, { title: 'BEFORE' }, { title: 'AFTER' }],
          moves.map((move) => [move.name, move.before ?? '(not there)', move.after ?? '(not there)']),
        ),
      );
    }
  }
  for (const problem of [...leftOut.before, ...leftOut.after]) printProblem(io, problem);
  if (changes.length > 0 && (moves.length > 0 || !before.ok || !after.ok)) {
    io.out('what libvirt has changed in between:\n');
    for (const { since, what } of changes) io.out(`  ${formatVersion(since)}  ${what}\n`);
  }
}
